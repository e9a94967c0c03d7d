#!/usr/bin/env python3
"""The verdict sees what it is there to see."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import plot  # noqa: E402
import verdict  # noqa: E402


def transition(kind, container=1, fired_at="10:00", receivers=("ops",)):
    return {"kind": kind, "rule": "Busy", "container_id": container, "fired_at": fired_at, "receivers": receivers}


def message(key, *alerts, receiver="ops"):
    return key, {"receiver": receiver, "alerts": [
        {"status": status, "labels": {"alertname": "Busy", "container_id": str(container)}, "startsAt": at}
        for status, container, at in alerts]}


FIRED, RESOLVED = ("firing", 1, "10:00"), ("resolved", 1, "10:00")
HISTORY = [transition("fired"), transition("resolved")]


def row(seconds, life=1, age=None, **figures):
    return dict({"seconds": seconds, "life": life, "age": seconds if age is None else age, "private_dirty_kib": 5000,
                 "pages_bytes": 0, "own_descriptors": 20, "watches": 400, "skipped": 0, "beats": 10, "dropped": 0}, **figures)


def lives(*levels):
    """Lives of 200 s, each with its level of private dirty KiB from its beginning to its end."""
    return [row(at + 200 * number, number + 1, at, private_dirty_kib=begin + (end - begin) * at / 200)
            for number, (begin, end) in enumerate(levels) for at in range(0, 200, 5)]


class ExactlyOnceTest(unittest.TestCase):
    def judge(self, *taken, history=None):
        return verdict.exactly_once(HISTORY if history is None else history, taken)

    def test_a_message_that_comes_again_under_its_key_is_one(self):
        self.assertTrue(self.judge(message("a", FIRED), message("a", FIRED), message("b", RESOLVED)).is_well)

    def test_a_transition_that_nobody_was_told_of(self):
        self.assertFalse(self.judge(message("a", FIRED)).is_well)

    def test_a_transition_under_two_keys(self):
        self.assertFalse(self.judge(message("a", FIRED), message("c", FIRED), message("b", RESOLVED)).is_well)

    def test_one_key_with_two_contents(self):
        self.assertFalse(self.judge(message("a", FIRED), message("a", FIRED, ("firing", 2, "10:00")),
                                    message("b", RESOLVED)).is_well)

    def test_what_history_does_not_know(self):
        self.assertFalse(self.judge(message("a", FIRED), message("b", RESOLVED), message("c", ("firing", 2, "9:00"))).is_well)

    def test_repeats_are_messages_of_their_own(self):
        history = HISTORY + [transition("repeated")]
        told = message("a", FIRED), message("b", RESOLVED)
        self.assertFalse(self.judge(*told, history=history).is_well)
        self.assertTrue(self.judge(*told, message("c", FIRED), history=history).is_well)

    def test_every_receiver_has_to_hear(self):
        history = [transition("fired", receivers=("ops", "pager"))]
        self.assertFalse(self.judge(message("a", FIRED), history=history).is_well)
        self.assertTrue(self.judge(message("a", FIRED), message("b", FIRED, receiver="pager"), history=history).is_well)

    def test_nothing_at_all_proves_nothing(self):
        self.assertFalse(self.judge(history=[]).is_well)

    def test_a_recovery_before_its_alert(self):
        self.assertFalse(verdict.recoveries_after_alerts([message("b", RESOLVED), message("a", FIRED)]).is_well)
        self.assertTrue(verdict.recoveries_after_alerts([message("a", FIRED), message("b", RESOLVED)]).is_well)


class GrowthTest(unittest.TestCase):
    def within(self, *levels):
        return verdict.growth_within(lives(*levels), "memory", verdict.private_dirty, 1024, "KiB").is_well

    def across(self, *levels, **names):
        return verdict.growth_across(lives(*levels), "memory", verdict.private_dirty, 1024, "KiB", **names).is_well

    def test_within_one_life(self):
        self.assertTrue(self.within((5000, 5500), (5000, 5900)))
        self.assertFalse(self.within((5000, 5500), (5000, 9000)))

    def test_what_a_life_begins_with_does_not_count(self):
        rows = [dict(one, private_dirty_kib=1000) if one["age"] < 70 else one for one in lives((5000, 5000))]
        self.assertTrue(verdict.growth_within(rows, "memory", verdict.private_dirty, 1024, "KiB").is_well)

    def test_pages_of_a_file_that_fills_are_no_growth(self):
        rows = [dict(one, pages_bytes=one["age"] << 12) for one in lives((5000, 7500))]
        self.assertTrue(verdict.growth_within(rows, "memory", verdict.private_dirty, 1024, "KiB").is_well)
        rows = [dict(one, pages_bytes=one["age"] << 12) for one in lives((5000, 9500))]
        self.assertFalse(verdict.growth_within(rows, "memory", verdict.private_dirty, 1024, "KiB").is_well)

    def test_from_life_to_life(self):
        self.assertTrue(self.across((5000, 5000), (5400, 5400), (5900, 5900)))
        self.assertFalse(self.across((5000, 5000), (6000, 6000), (7000, 7000)))

    def test_what_each_new_name_may_cost(self):
        self.assertTrue(self.across((5000, 5000), (6000, 6000), (7000, 7000), names_per_second=10, per_name=0.25))

    def test_lives_that_others_crowd(self):
        calm, crowd = lives((5000, 5000), (5000, 5000), (5000, 5000)), lives((5000, 5000), (5000, 9000), (5000, 5000))
        for one in crowd:
            one["watches"] = 1400 if one["life"] == 2 and 100 < one["age"] < 120 else 400
        self.assertFalse(verdict.growth_within(crowd, "memory", verdict.private_dirty, 1024, "KiB").is_well)
        self.assertEqual(verdict.left_alone(crowd), [one for one in crowd if one["life"] != 2])
        self.assertEqual(verdict.left_alone(calm), calm)
        self.assertTrue(verdict.few_crowded(calm).is_well)
        self.assertFalse(verdict.few_crowded(crowd).is_well)
        self.assertTrue(verdict.few_crowded(crowd + lives(*[(5000, 5000)] * 8)[120:]).is_well)

    def test_too_few_lives_are_no_proof(self):
        self.assertFalse(self.across((5000, 5000)))
        self.assertFalse(verdict.growth_within([row(5)], "memory", verdict.private_dirty, 1024, "KiB").is_well)


class RestTest(unittest.TestCase):
    def test_a_beat_that_was_skipped_in_any_life(self):
        self.assertTrue(verdict.no_beat_skipped([row(5), row(10)]).is_well)
        self.assertFalse(verdict.no_beat_skipped([row(5), row(10, skipped=1), row(300, 2)]).is_well)

    def test_failures_are_excused_by_kills_alone(self):
        downs = [(100, 102)]
        self.assertTrue(verdict.clients_served(9, [(99.5, 101, "reset"), (101, 103, "refused")], downs).is_well)
        self.assertFalse(verdict.clients_served(9, [(90, 91, "500")], downs).is_well)
        self.assertFalse(verdict.clients_served(9, [(103, 104, "500")], downs).is_well)

    def test_messages_that_wait_or_were_given_up(self):
        self.assertTrue(verdict.nothing_dropped([row(5)], 0, 0).is_well)
        self.assertFalse(verdict.nothing_dropped([row(5)], 1, 0).is_well)
        self.assertFalse(verdict.nothing_dropped([row(5, dropped=1)], 0, 0).is_well)

    def test_what_is_held_when_all_is_quiet(self):
        def judge(**after):
            before = {"descriptors": 1800, "watches": 500, "cgroups": 700}
            return verdict.quiet_again(before, {**before, **after}).is_well
        self.assertTrue(judge())
        self.assertFalse(judge(watches=501))
        self.assertFalse(judge(descriptors=1801))
        self.assertTrue(judge(watches=501, cgroups=701))

    def test_a_store_with_a_hole(self):
        self.assertTrue(verdict.store_whole(True, [], [], []).is_well)
        for broken in ((False, [], [], []), (True, [("t",)], [], []), (True, [], ["told x"], []), (True, [], [], [3])):
            self.assertFalse(verdict.store_whole(*broken).is_well)

    def test_strain_that_did_not_come_about(self):
        self.assertTrue(verdict.strain_came_about({"kills": 2}, {"kills": 2}).is_well)
        self.assertFalse(verdict.strain_came_about({"kills": 1}, {"kills": 2}).is_well)

    def test_samples_that_end_early(self):
        self.assertTrue(verdict.sampled([row(5)] * 20, 100, 5).is_well)
        self.assertFalse(verdict.sampled([row(5)] * 10, 100, 5).is_well)

    def test_a_death_that_nobody_wanted(self):
        self.assertTrue(verdict.never_died([], 3).is_well)
        self.assertFalse(verdict.never_died([(2, -11)], 3).is_well)

    def test_axes_end_above_what_they_show(self):
        for most, end in ((0, 1), (0.3, 0.5), (1, 1), (7, 10), (19, 20), (21, 50), (1900, 2000)):
            self.assertAlmostEqual(plot.nice(most), end)


if __name__ == "__main__":
    unittest.main()
