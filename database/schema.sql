-- Version 1. Times are milliseconds since the epoch, UTC. See rollup/chunk.h for the blobs.

-- Who. A number is never given twice.
CREATE TABLE container (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  key           TEXT NOT NULL UNIQUE,  -- "compose:shop/web/1", "pod:namespace/pod/container", "name:web"
  first_seen_ms INTEGER NOT NULL,
  last_seen_ms  INTEGER NOT NULL       -- within a minute
);

-- What a container looked like from since_ms on: image, labels, limits.
CREATE TABLE revision (
  container INTEGER NOT NULL,
  since_ms  INTEGER NOT NULL,
  runtime TEXT NOT NULL, runtime_id TEXT NOT NULL, name TEXT NOT NULL, image TEXT NOT NULL, cgroup TEXT NOT NULL,
  kube_namespace TEXT, kube_pod TEXT, kube_container TEXT,
  labels TEXT NOT NULL,                -- JSON object
  started_ms INTEGER,
  memory_limit_bytes INTEGER,          -- NULL: none but the host's
  cpu_limit_percent REAL,
  interface TEXT, block_device TEXT,   -- when there was exactly one
  PRIMARY KEY (container, since_ms)
) WITHOUT ROWID;

-- When, and the host. A tick's number grows whatever the clock does.
CREATE TABLE tick (
  id INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  elapsed_ms INTEGER NOT NULL,         -- since the tick before, monotonic; 0: the first of a run
  scrapes INTEGER NOT NULL,            -- answers of /metrics since the tick before
  host_cpu_centipercent INTEGER, host_memory_used INTEGER, host_memory_total INTEGER
);
CREATE INDEX tick_at ON tick (at_ms);

-- How much: one row per tick and chunk of containers. Like the buckets below
-- an ordinary table: WITHOUT ROWID, SQLite puts what is over 1002 bytes of a
-- row into a page of its own, and a minute of 32 containers would fill a third of its pages.
CREATE TABLE sample (
  tick INTEGER NOT NULL, chunk INTEGER NOT NULL, readings BLOB NOT NULL,
  PRIMARY KEY (tick, chunk)
);

-- Counters as the kernel showed them, from which the increases in `sample`
-- count on: at first sight, after each new beginning and at every full hour.
CREATE TABLE meter (
  container INTEGER NOT NULL, tick INTEGER NOT NULL,
  born_ms INTEGER,                     -- birth of the cgroup; NULL: unknown
  cpu_us INTEGER, net_rx_bytes INTEGER, net_tx_bytes INTEGER, block_read_bytes INTEGER, block_write_bytes INTEGER,
  periods INTEGER, throttled_periods INTEGER, oom_kills INTEGER,
  PRIMARY KEY (container, tick)
) WITHOUT ROWID;

-- Closed buckets. `bucket` counts lengths of the tier since the epoch.
CREATE TABLE minute (bucket INTEGER NOT NULL, chunk INTEGER NOT NULL, buckets BLOB NOT NULL, PRIMARY KEY (bucket, chunk));
CREATE TABLE hour   (bucket INTEGER NOT NULL, chunk INTEGER NOT NULL, buckets BLOB NOT NULL, PRIMARY KEY (bucket, chunk));
CREATE TABLE day    (bucket INTEGER NOT NULL, chunk INTEGER NOT NULL, buckets BLOB NOT NULL, PRIMARY KEY (bucket, chunk));

-- What the API was told to watch. Live alert state is elsewhere, so that no sample can overwrite it.
CREATE TABLE alert_setting (
  container INTEGER PRIMARY KEY,
  cpu_threshold REAL NOT NULL, mem_threshold REAL NOT NULL, enabled INTEGER NOT NULL,
  created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL
);
