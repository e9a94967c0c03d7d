#!/usr/bin/env python3
"""Writes dashboards/grafana/*.json from the descriptions in this folder; with --check it only says which differ."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import alerts  # noqa: E402
import container  # noqa: E402
import host  # noqa: E402
import itself  # noqa: E402

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "grafana")
DRAWN = {"host.json": host, "container.json": container, "alerts.json": alerts, "itself.json": itself}


def texts():
    """{file name: the text that it must have}."""
    return {name: json.dumps(module.build(), indent=2, ensure_ascii=False) + "\n" for name, module in DRAWN.items()}


def differing(folder=FOLDER):
    """Names of files that are not as drawn, and of dashboards that nobody draws."""
    wrong = {name for name in os.listdir(folder) if name.endswith(".json")} - set(DRAWN)
    for name, text in texts().items():
        try:
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                same = file.read() == text
        except FileNotFoundError:
            same = False
        if not same:
            wrong.add(name)
    return sorted(wrong)


def main():
    if sys.argv[1:] == ["--check"]:
        wrong = differing()
        for name in wrong:
            print("dashboards/grafana/%s is not as dashboards/source draws it; run dashboards/source/draw.py" % name)
        return 1 if wrong else 0
    if sys.argv[1:]:
        sys.exit("usage: draw.py [--check]")
    for name, text in texts().items():
        with open(os.path.join(FOLDER, name), "w", encoding="utf-8") as file:
            file.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
