"""What is watched, and who is told."""
import random

from rig.case import PREFIX

NAMES = ("burners-a", "burners-b", "kills", "rest")
FAILURES = (500, 503, (429, {"Retry-After": "1"}), -1)


class FailingHalf:
    """Takes every other message, by dice; refuses the others in one way or another. Or takes all, while it is well."""

    def __init__(self):
        self.random, self.is_well = random.Random(9), True

    def __call__(self, before, path):
        if self.is_well or self.random.random() < 0.5:
            return 200
        return self.random.choice(FAILURES)


def alerting(url, spare, faulty):
    def rule(name, metric, match, receiver, **settings):
        return dict({"name": name, "metric": metric, "op": ">=", "threshold": 5, "breaches": 3, "recoveries": 3,
                     "match": match, "receivers": [receiver]}, **settings)
    rules = [
        rule("BusyA", "cpu_percent", {"name": PREFIX + "burn-a-*"}, "burners-a"),
        rule("BusyB", "cpu_percent", {"name": PREFIX + "burn-b-*"}, "burners-b"),
        rule("Oom", "oom_kills", {"name": PREFIX + "*"}, "kills", threshold=1, window="10s", breaches=1, recoveries=1),
        rule("Always", "cpu_percent", {"name": PREFIX + "always"}, "rest", threshold=2, recoveries=20,
             repeat_interval="1m"),
        rule("Host", "host_cpu_percent", {"host": True}, "rest", threshold=75, recover_threshold=50, breaches=6,
             recoveries=6)]
    if spare:
        rules.append(rule("Spare", "memory_percent", {"name": "nobody"}, "rest", threshold=99))
    if faulty:
        rules.append(rule("Faulty", "cpu_percent", {"name": "nobody"}, "rest", breaches="many"))
    # A message a container: one for several tells what else of its group fires, and each must be told once.
    return {"group_wait": "1s", "recreate_grace": "2s", "group_by": ["rule", "name"], "rules": rules,
            "receivers": [{"name": name, "type": "webhook", "url": "%s/%s" % (url, name), "timeout": "5s"}
                          for name in NAMES]}
