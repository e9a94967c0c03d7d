"""What is recorded every five seconds."""
import csv
import os
import sqlite3
import threading
import time

from rig.store import StoreFile

EVERY = 5.0
INTERVAL_MS = 1000
# The interval of a tick is counted from the last one that was written: where the disk refused some, it says nothing.
REFUSED_MS = 1900
COLUMNS = ("seconds", "life", "age", "private_dirty_kib", "pss_kib", "descriptors", "kernel_files", "own_descriptors",
           "watches",
           "cpu_ms", "ticks", "late_ms", "late_most_ms", "beats", "skipped", "outbox", "outbox_oldest",
           "containers_known", "pages_bytes", "store_bytes", "wal_bytes", "store_up", "refused", "delivered", "retried",
           "dropped")


def cpu_ms(pid, before):
    """Of all threads since the last call, by the scheduler's own nanoseconds. `before`: {thread: ns}, brought up to
    date."""
    total, now = 0, {}
    for task in os.listdir("/proc/%d/task" % pid):
        try:
            with open("/proc/%d/task/%s/schedstat" % (pid, task)) as file:
                now[task] = int(file.read().split()[0])
        except FileNotFoundError:
            continue
        total += now[task] - before.get(task, 0)
    before.clear()
    before.update(now)
    return total / 1e6


def own_descriptors(pid):
    """Sockets and files of its own: none of the kernel's files and none of what it waits at, which come and go with
    containers."""
    count = 0
    for fd in os.listdir("/proc/%d/fd" % pid):
        try:
            count += not os.readlink("/proc/%d/fd/%s" % (pid, fd)).startswith(("/proc/", "/sys/", "anon_inode:"))
        except FileNotFoundError:
            pass  # a client's, closed meanwhile
    return count


class TickReader:
    """How much later than an interval each tick came, from the intervals that the store keeps of its ticks; and how much
    it holds, in the file and its log."""

    def __init__(self, path):
        self.path, self.last, self.bytes = path, 0, 0

    def late(self, may_be_refused):
        """Milliseconds, of each tick since the last call."""
        with StoreFile(self.path) as store:
            rows = store.rows("SELECT id, elapsed_ms FROM tick WHERE id > ? ORDER BY id", self.last)
            (pages,), (size,) = store.rows("PRAGMA page_count")[0], store.rows("PRAGMA page_size")[0]
        self.bytes = pages * size
        if rows:
            self.last = rows[-1][0]
        # 0: the first tick of a life.
        return [max(0, elapsed - INTERVAL_MS) for _, elapsed in rows
                if elapsed and not (may_be_refused and elapsed >= REFUSED_MS)]


class Sampler(threading.Thread):
    """One row each five seconds, and one whenever it is asked, kept and written to a file."""

    def __init__(self, lives, disk, store, path, origin):
        super().__init__(daemon=True)
        self.lives, self.disk, self.store, self.origin = lives, disk, store, origin
        self.rows, self.failures, self.ending = [], [], threading.Event()
        self.ticks = TickReader(store)
        self.threads, self.threads_of = {}, None
        self.lock = threading.Lock()
        self.file = open(path, "w", newline="")
        self.writer = csv.DictWriter(self.file, COLUMNS)
        self.writer.writeheader()

    def run(self):
        due = time.monotonic()
        while not self.ending.is_set():
            began = time.monotonic()
            try:
                self.take()
            except (OSError, AssertionError, ValueError, KeyError, sqlite3.Error) as error:
                self.failures.append((began, time.monotonic(), "Sampler: %r" % error))
            due += EVERY
            self.ending.wait(max(0, due - time.monotonic()))

    def take(self):
        with self.lock:
            return self._take()

    def _take(self):
        plimsoll, life = self.lives.plimsoll, self.lives.life
        if not self.lives.is_up():
            return None
        scrape = plimsoll.scrape()
        pss, dirty = plimsoll.memory()
        if self.threads_of != life.number:
            self.threads.clear()
            self.threads_of = life.number
        late = self.ticks.late(self.disk.is_full or self.disk.was_full_lately())
        now = time.monotonic()

        def figure(name):
            value = scrape.value(name)
            if value is None:
                raise ValueError("no %s at the age of %.1f s" % (name, now - life.began))
            return value

        def told(outcome):
            return int(sum(value for _, value in scrape.find("plimsoll_notifications_total", outcome=outcome)))
        row = {
            "seconds": round(now - self.origin, 1), "life": life.number, "age": round(now - life.began, 1),
            "private_dirty_kib": dirty >> 10, "pss_kib": pss >> 10, "descriptors": plimsoll.descriptors(),
            "kernel_files": int(figure("plimsoll_descriptors")), "own_descriptors": own_descriptors(plimsoll.pid),
            "watches": plimsoll.watches(),
            "cpu_ms": round(cpu_ms(plimsoll.pid, self.threads), 1), "ticks": len(late),
            "late_ms": round(sum(late) / len(late), 1) if late else "", "late_most_ms": max(late) if late else "",
            "beats": int(figure("plimsoll_collector_beats_total")),
            "skipped": int(figure("plimsoll_collector_beats_skipped_total")),
            "outbox": int(figure("plimsoll_outbox_depth")),
            "outbox_oldest": round(figure("plimsoll_outbox_oldest_seconds"), 1),
            "containers_known": len(scrape.names()),
            "pages_bytes": self.ticks.bytes, "store_bytes": self._size(""), "wal_bytes": self._size("-wal"),
            "store_up": int(figure("plimsoll_store_up")),
            "refused": int(sum(value for _, value in scrape.find("plimsoll_store_write_errors_total"))),
            "delivered": told("delivered"), "retried": told("retried"), "dropped": told("dropped")}
        self.rows.append(row)
        self.writer.writerow(row)
        self.file.flush()
        return row

    def _size(self, suffix):
        try:
            return os.path.getsize(self.store + suffix)
        except FileNotFoundError:
            return 0

    def close(self):
        self.ending.set()
        if self.is_alive():
            self.join(30)
        self.file.close()
