-- Version 4: what the API was told to watch, each field for itself. NULL: nothing was said of it.
ALTER TABLE alert_setting RENAME TO alert_setting_3;
CREATE TABLE alert_setting (
  container INTEGER PRIMARY KEY,
  cpu_threshold REAL, mem_threshold REAL, enabled INTEGER,
  created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL
);
-- An `enabled` of 1 overrode nothing until now.
INSERT INTO alert_setting
  SELECT container, cpu_threshold, mem_threshold, CASE WHEN enabled THEN NULL ELSE 0 END, created_ms, updated_ms
  FROM alert_setting_3;
DROP TABLE alert_setting_3;
