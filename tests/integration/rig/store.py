"""The store's file, read by other means than the program's own: an oracle for what it says."""
import sqlite3

CHUNK = 32
# Figures of an entry in their order on disk (rollup/chunk.cc); of those not needed here only the place counts.
READING = ("elapsed", "cpu_us", "memory", "inactive_file", "threads", "net_rx", "net_tx", "block_read", "block_write",
           "oom_kills")
BUCKET = ("samples", "without_memory", "covered", "cpu_us", "cpu_min", "cpu_max", "cpu_last", "memory", "memory_min",
          "memory_max", "memory_last", "net_rx", "net_tx", "block_read", "block_write", "oom_kills")


def _varint(blob, at):
    value = shift = 0
    while True:
        byte = blob[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def entries(chunk, blob, names):
    """[(container, {name: figure or None})] of one row."""
    found, at = [], 0
    while at < len(blob):
        container = chunk * CHUNK + blob[at]
        length, at = _varint(blob, at + 1)
        end, figures = at + length, {}
        for name in names:
            figures[name] = None
            if at < end:
                value, at = _varint(blob, at)
                figures[name] = value - 1 if value else None
        at = end
        found.append((container, figures))
    return found


class StoreFile:
    def __init__(self, path):
        self.database = sqlite3.connect("file:%s?mode=ro" % path, uri=True, timeout=10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.database.close()

    def rows(self, sql, *arguments):
        return self.database.execute(sql, arguments).fetchall()

    def whole(self):
        return self.rows("PRAGMA integrity_check") == [("ok",)]

    def readings(self):
        """[(tick, at_ms, container, figures)]"""
        return [(tick, at, container, figures)
                for tick, at, chunk, blob in self.rows("SELECT t.id, t.at_ms, s.chunk, s.readings FROM tick t"
                                                       " JOIN sample s ON s.tick = t.id ORDER BY t.id")
                for container, figures in entries(chunk, blob, READING)]

    def buckets(self, table):
        """{(bucket, container): figures}"""
        found = {}
        for bucket, chunk, blob in self.rows("SELECT bucket, chunk, buckets FROM %s" % table):
            for container, figures in entries(chunk, blob, BUCKET):
                if (bucket, container) in found:
                    raise AssertionError("twice in %s: %r" % (table, (bucket, container)))
                found[bucket, container] = figures
        return found

    def ids(self):
        """{key: id}"""
        return dict(self.rows("SELECT key, id FROM container"))
