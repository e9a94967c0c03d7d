#!/usr/bin/env python3
"""The sheet reads what the benchmarks print."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import sheet  # noqa: E402

PRINTED = """CPU of one beat that reads every file, microseconds (thread CPU time, median; `mean` includes the
limits, read at every second of these beats); `quiet`: mean of a beat while nothing happens
     N    files      floor   plimsoll    ratio  ratio(mean)      us/cgroup        quiet
    10      359        249        277     1.11         2.01           11.1          107
   100     1889       1952       2151     1.10         1.91           18.7          491
-------------------------------------------------------------------------------------------------
Benchmark                   Time             CPU   Iterations bytes/s    bytes cpu_per_7000  samples
-------------------------------------------------------------------------------------------------
BM_Render/100             521 us          519 us         1341          2.05M          519us    7.0k
BM_Body/gzip/100         2.61 ms         2.56 ms          270          2.05M         2.56ms    7.0k
         N       ms   bytes each   plimsoll       rows      blobs     /rows    /blobs      p99.9
       100    10000         24.9        109         94         33      1.16      3.40        180
containers  rules   changing      floor   plimsoll    ratio
       100     20          0         13          3     0.24
       100     20         10         13          9     0.71
                                       rows     median        p99      worst
history 24h 5m                          288       1.98       2.85       3.01
top 24h                                 100       0.55       0.89       1.00

1,000 containers: 90 days
                                       rows     median        p99      worst
history 24h 5m                          288       1.57       4.18       5.00
                  N  start ms   % core  PSS MiB    dirty   series      bytes
plimsoll        100        72    0.291      9.2      3.1     5432    1400000
plimsoll     100/10        81    0.380      9.1      3.2     5432    1400000
"""


class SheetTest(unittest.TestCase):
    def test_each_figure_stands_under_its_number_of_containers(self):
        found = {what.strip(): figures for what, figures in sheet.lines(PRINTED) if figures}
        self.assertEqual(found["a beat that reads every file"], {10: "277 µs", 100: "2.15 ms"})
        self.assertEqual(found["per container"], {10: "27.7 µs", 100: "21.5 µs"})
        self.assertEqual(found["of a loop that only reads them"], {10: "1.11 x", 100: "1.10 x"})
        self.assertEqual(found["a body of /metrics"], {100: "519 µs"})
        self.assertEqual(found["with gzip"], {100: "2.56 ms"})
        self.assertEqual(found["a tick of history"], {100: "109 µs"})
        self.assertEqual(found["of a row for each container"], {100: "1.16 x"})
        self.assertEqual(found["20 rules, a tenth at work"], {100: "9 µs"})
        self.assertEqual(found["history of 24 h, p99"], {100: "2.85 ms", 1000: "4.18 ms"})
        self.assertEqual(found["top consumers of 24 h, p99"], {100: "890 µs"})
        self.assertEqual(found["whole process, all asleep, of a core"], {100: "0.29 %"})
        self.assertEqual(found["PSS"], {100: "9.2 MiB"})

    def test_what_was_not_measured_is_not_there(self):
        self.assertEqual(sheet.sheet("nothing"), sheet.sheet("").rstrip("\n"))
        self.assertEqual(len(sheet.sheet("nothing").splitlines()), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
