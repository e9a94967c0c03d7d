-- Version 2: alerts that survive. Times are milliseconds since the epoch, UTC.

-- How rules stand with their subjects. No row: normal, and never told of.
CREATE TABLE alert_state (
  rule TEXT NOT NULL,
  container INTEGER NOT NULL,          -- 0: see subject
  subject TEXT NOT NULL,               -- of container 0: a container's name; '': the rule's one subject
  metric TEXT NOT NULL, phase INTEGER NOT NULL, count INTEGER NOT NULL, repeats INTEGER NOT NULL, value REAL,
  since_ms INTEGER NOT NULL, fired_ms INTEGER NOT NULL, alerted_ms INTEGER NOT NULL,
  name TEXT NOT NULL, alert TEXT NOT NULL, severity TEXT NOT NULL,
  labels TEXT NOT NULL, receivers TEXT NOT NULL,         -- JSON
  PRIMARY KEY (rule, container, subject)
) WITHOUT ROWID;

-- What happened: fired, repeated, resolved.
CREATE TABLE alert_history (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  at_ms INTEGER NOT NULL,
  silenced_by TEXT NOT NULL,           -- '': it was not
  body TEXT NOT NULL                   -- JSON, all of the transition
);

-- Messages that wait for a receiver, in the order of their numbers, and some that were given up.
CREATE TABLE outbox (
  number INTEGER PRIMARY KEY,
  receiver TEXT NOT NULL, grouped_by TEXT NOT NULL,
  made_ms INTEGER NOT NULL, next_try_ms INTEGER NOT NULL,
  tries INTEGER NOT NULL, last_error TEXT NOT NULL, dropped INTEGER NOT NULL
);
-- Places from 0 up are what it tells. Below 0 is what else of its group fires, -n to -1, where n is how
-- much that is: the last of these are missing where a message has no room for all.
CREATE TABLE outbox_part (
  parcel INTEGER NOT NULL, place INTEGER NOT NULL, transition TEXT NOT NULL,  -- alert_history.id
  PRIMARY KEY (parcel, place)
) WITHOUT ROWID;

-- What each receiver knows of an open alert.
CREATE TABLE alert_told (
  alert TEXT NOT NULL, receiver TEXT NOT NULL,
  state INTEGER NOT NULL,              -- 0 held, 1 queued, 2 told, 3 lost
  newest TEXT NOT NULL,                -- alert_history.id
  held_by TEXT NOT NULL,
  PRIMARY KEY (alert, receiver)
) WITHOUT ROWID;

CREATE TABLE silence (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  matchers TEXT NOT NULL,              -- JSON
  starts_ms INTEGER NOT NULL, ends_ms INTEGER NOT NULL,
  comment TEXT NOT NULL, created_by TEXT NOT NULL, created_ms INTEGER NOT NULL
);
