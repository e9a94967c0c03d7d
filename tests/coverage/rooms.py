#!/usr/bin/env python3
"""Lines and branches per room, from gcovr's summary. rooms.py SUMMARY.json prints one table."""
import json
import os
import re
import sys

COUNTS = ("line_covered", "line_total", "branch_covered", "branch_total")


# Rooms see each other's headers through links (cmake/Room.cmake).
LINK = re.compile(r"^build/coverage/rooms/[^/]+/")


def share(covered, total):
    return f"{100 * covered / total:.1f} %" if total else "-"


def row(name, counts):
    lines, all_lines, branches, all_branches = counts
    return (f"{name:<24}{lines:>7}{all_lines:>7}{share(lines, all_lines):>9}"
            f"{branches:>9}{all_branches:>7}{share(branches, all_branches):>9}")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        files = json.load(file)["files"]
    rooms = {}
    for entry in files:
        counts = rooms.setdefault(os.path.dirname(LINK.sub("", entry["filename"])), [0] * len(COUNTS))
        for i, count in enumerate(COUNTS):
            counts[i] += entry[count]
    print(f"{'room':<24}{'lines':>7}{'of':>7}{'':>9}{'branches':>9}{'of':>7}")
    for room in sorted(rooms):
        print(row(room, rooms[room]))
    print(row("all", [sum(column) for column in zip(*rooms.values())]))


if __name__ == "__main__":
    main()
