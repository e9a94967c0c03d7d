-- Version 3: who refers to a transition is found without reading everything.
CREATE INDEX outbox_part_by_transition ON outbox_part (transition);
CREATE INDEX alert_told_by_newest ON alert_told (newest);
