"""What is asked at the end. Every function is pure: figures in, findings out."""
import statistics

# What is held of each container for a while is full then: the alerts' grace, the minute's bucket, SQLite's page cache.
SETTLED = 75  # seconds of a life
# As the load test's: malloc gives pages back late, and a page here or there is no leak.
GROWTH_KIB = 1024
# Open buckets of each container that was here today; a day of short lives is kept by design.
KIB_PER_NAME = 0.25
# Three followers that come and go, a reader of the API, four receivers, and two readers of the file with two descriptors
# each, which close late.
CLIENTS = 12
KINDS = {"fired": "firing", "repeated": "firing", "resolved": "resolved"}


class Finding:
    def __init__(self, name, is_well, detail):
        self.name, self.is_well, self.detail = name, bool(is_well), detail

    def __iter__(self):
        return iter((self.name, self.is_well, self.detail))


def alert_of(kind, rule, container, fired_at):
    return kind, rule, str(container or ""), fired_at


def told_by_receiver(taken):
    """({receiver: {alert: [(place, key)]}}, complaints): what each receiver took, in the order it came."""
    told, bodies, complaints = {}, {}, []
    for place, (key, body) in enumerate(taken):
        alerts = [alert_of(one["status"], one["labels"]["alertname"], one["labels"].get("container_id"),
                           one["startsAt"]) for one in body["alerts"]]
        if bodies.setdefault(key, alerts) != alerts:
            complaints.append("one key, two messages: %s" % key)
        for alert in alerts:
            told.setdefault(body["receiver"], {}).setdefault(alert, []).append((place, key))
    return told, complaints


def exactly_once(history, taken):
    """`history`: transitions as the API tells them; `taken`: [(idempotency key, body)] that were answered with 200, in
    order. A message that comes again under its key is the same message: who takes it knows that by the key."""
    told, wrong = told_by_receiver(taken)
    due = {}
    for one in history:
        alert = alert_of(KINDS[one["kind"]], one["rule"], one["container_id"], one["fired_at"])
        for receiver in one["receivers"]:
            due[receiver, alert] = due.get((receiver, alert), 0) + 1
    for (receiver, alert), times in due.items():
        keys = {key for _, key in told.get(receiver, {}).get(alert, ())}
        if len(keys) != times:
            wrong.append("%s: due %d times, told %d times: %s" % (receiver, times, len(keys), alert))
    for receiver, alerts in told.items():
        wrong += ["%s: told of what history does not know: %s" % (receiver, alert)
                  for alert in alerts if (receiver, alert) not in due]
    keys = {key for key, _ in taken}
    return Finding("told exactly once", not wrong and due,
                   "%d transitions due, %d messages by key in %d requests%s" % (
                       sum(due.values()), len(keys), len(taken), listed(wrong)))


def recoveries_after_alerts(taken):
    told, _ = told_by_receiver(taken)
    wrong, recoveries = [], 0
    for receiver, alerts in told.items():
        for (status, *rest), places in alerts.items():
            if status != "resolved":
                continue
            recoveries += 1
            alert = alerts.get(("firing", *rest))
            if alert is None or alert[0][0] > places[0][0]:
                wrong.append("%s: %s" % (receiver, rest))
    return Finding("recoveries come after their alerts", not wrong and recoveries,
                   "%d recoveries%s" % (recoveries, listed(wrong)))


def nothing_dropped(rows, waiting, dropped):
    most = max(row["dropped"] for row in rows)
    return Finding("no message given up, none left", waiting == 0 and not dropped and not most,
                   "%d wait, %d given up" % (waiting, max(dropped, most)))


def no_beat_skipped(rows):
    skipped = {row["life"]: row["skipped"] for row in rows}
    beats = sum({row["life"]: row["beats"] for row in rows}.values())
    wrong = ["life %d: %d" % one for one in skipped.items() if one[1]]
    return Finding("no beat skipped", not wrong, "%d beats in %d lives%s" % (beats, len(skipped), listed(wrong)))


def settled(rows):
    """{life: its rows once settled} of the lives that have at least eight."""
    lives = {}
    for row in rows:
        if row["age"] >= SETTLED:
            lives.setdefault(row["life"], []).append(row)
    return {life: its for life, its in lives.items() if len(its) >= 8}


def quarters(rows, read):
    """Medians of the first and the last quarter."""
    quarter = max(2, len(rows) // 4)
    values = [read(row) for row in rows]
    return statistics.median(values[:quarter]), statistics.median(values[-quarter:])


def private_dirty(row):
    """Without what SQLite may hold of the file: 1 MiB for the writer and half of one for each of two readers, which a
    new file does not fill yet."""
    return row["private_dirty_kib"] - (min(row["pages_bytes"], 1 << 20) + 2 * min(row["pages_bytes"], 1 << 19)) // 1024


def crowded(rows):
    """{life: most watches} of the lives in which others made cgroups by the hundred: those are measured, too, and the
    heap keeps their room for as long as a life lasts. All of the strain's are there in every life."""
    usual = statistics.median([row["watches"] for row in rows])
    most = {}
    for row in rows:
        most[row["life"]] = max(most.get(row["life"], 0), row["watches"])
    return {life: watches for life, watches in most.items() if watches > 1.5 * usual}


def left_alone(rows):
    """The lives whose memory can be judged."""
    without = crowded(rows)
    return [row for row in rows if row["life"] not in without]


def own_descriptors(row):
    return row["own_descriptors"]


def growth_within(rows, name, read, bound, unit):
    lives = {life: quarters(its, read) for life, its in settled(rows).items()}
    grown = {life: last - first for life, (first, last) in lives.items()}
    wrong = ["life %d: %d to %d" % (life, *lives[life]) for life, by in grown.items() if by > bound]
    return Finding("%s: no growth within a life" % name, lives and not wrong,
                   "%d lives, at most %+d %s of %d allowed%s" % (
                       len(lives), max(grown.values(), default=0), unit, bound, listed(wrong)))


def growth_across(rows, name, read, bound, unit, names_per_second=0.0, per_name=0.0):
    """Medians at one age, of the first and the last life that reached it."""
    lives = {life: [row for row in its if row["age"] < SETTLED + 60] for life, its in settled(rows).items()}
    lives = {life: its for life, its in lives.items() if len(its) >= 8}
    if len(lives) < 2:
        return Finding("%s: no growth across lives" % name, False, "%d lives are too few" % len(lives))
    first, last = lives[min(lives)], lives[max(lives)]
    before, after = (statistics.median([read(row) for row in its]) for its in (first, last))
    bound += per_name * names_per_second * (last[0]["seconds"] - first[0]["seconds"])
    return Finding("%s: no growth across lives" % name, after - before <= bound,
                   "%d in life %d, %d in life %d: %+d %s of %d allowed" % (
                       before, min(lives), after, max(lives), after - before, unit, bound))


def few_crowded(rows):
    lives, without = {row["life"] for row in rows}, crowded(rows)
    return Finding("others left most lives alone", len(without) <= len(lives) / 4, ", ".join(
        ["%d lives" % len(lives)] + ["the memory of life %d is not judged: %d watches" % one for one in without.items()]))


def quiet_again(before, after):
    """Nobody asks, nothing churns, the same containers: at the beginning and at the end. Others may have made cgroups
    on the machine meanwhile; where they are is watched, too."""
    foreign = max(0, after["cgroups"] - before["cgroups"])
    wrong = [what for what, bound in (("descriptors", before["descriptors"]), ("watches", before["watches"] + foreign))
             if after[what] > bound]
    return Finding("descriptors and watches: as at the beginning when quiet again", not wrong, ", ".join(
        "%s %d, then %d" % (what, before[what], after[what]) for what in ("descriptors", "watches", "cgroups")))


def outside(failures, downs):
    """Those of [(from, to, why)] that met no kill."""
    return [why for begin, end, why in failures
            if not any(begin <= up + 0.5 and end >= down - 0.1 for down, up in downs)]


def clients_served(visits, failures, downs):
    wrong = outside(failures, downs)
    return Finding("every question answered outside of kills", not wrong and visits,
                   "%d answers, %d failed in kills%s" % (visits, len(failures) - len(wrong), listed(wrong)))


def sampled(rows, seconds, every):
    return Finding("sampled all along", len(rows) >= 0.8 * seconds / every, "%d samples in %d s" % (len(rows), seconds))


def store_whole(whole, foreign, dangling, damage):
    wrong = [] if whole else ["integrity_check"]
    wrong += ["foreign key: %r" % (row,) for row in foreign] + ["nothing there: %s" % row for row in dangling]
    wrong += ["damaged after life %d" % life for life in damage]
    return Finding("SQLite whole, after every kill and at the end", not wrong, "integrity, foreign keys, what alerts "
                   "and messages refer to%s" % listed(wrong))


def never_died(deaths, lives):
    return Finding("never died by itself", not deaths, "%d lives%s" % (
        lives, listed(["life %d: exit code %r" % one for one in deaths])))


def strain_came_about(counts, least):
    wrong = ["%s: %d of %d" % (what, counts[what], least[what]) for what in least if counts[what] < least[what]]
    return Finding("the strain came about", not wrong,
                   ", ".join("%d %s" % (count, what) for what, count in counts.items()) + listed(wrong))


def listed(wrong, most=5):
    if not wrong:
        return ""
    more = "; and %d more" % (len(wrong) - most) if len(wrong) > most else ""
    return ". WRONG: " + "; ".join(wrong[:most]) + more


def table(findings):
    return "\n".join("%-4s  %-62s %s" % ("ok" if is_well else "FAIL", name, detail)
                     for name, is_well, detail in findings)
