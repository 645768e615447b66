-- The tables of format 2, as its version made them.
CREATE TABLE cluster (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  generation INTEGER NOT NULL CHECK (generation > 0),
  created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE event (
  sequence INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;

CREATE TABLE snapshot (
  sequence INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;

CREATE TABLE request (
  user TEXT NOT NULL,
  request_id TEXT NOT NULL,
  job INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (user, request_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE node (
  node TEXT PRIMARY KEY,
  model TEXT NOT NULL,
  weight REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE job (
  job INTEGER PRIMARY KEY CHECK (job > 0),
  user TEXT NOT NULL,
  array_job INTEGER,
  array_task INTEGER,
  name TEXT NOT NULL,
  account TEXT NOT NULL,
  partition TEXT NOT NULL,
  sweep TEXT,
  comment TEXT,
  schedule TEXT,
  program TEXT NOT NULL,
  size REAL,
  ranks INTEGER NOT NULL CHECK (ranks > 0),
  cores INTEGER NOT NULL CHECK (cores > 0),
  memory_bytes INTEGER NOT NULL,
  time_limit_ms INTEGER NOT NULL,
  submitted_ms INTEGER NOT NULL,
  eligible_ms INTEGER,
  started_ms INTEGER,
  ended_ms INTEGER,
  attempt INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'LIVE' CHECK (state IN ('LIVE', 'COMPLETED', 'CANCELLED', 'FAILED', 'TIMEOUT', 'NODE_FAIL', 'OUT_OF_MEMORY')),
  exit_code INTEGER,
  exit_signal INTEGER,
  reason TEXT,
  message TEXT,
  cancelled_by TEXT,
  CHECK ((state = 'LIVE') = (ended_ms IS NULL))
) STRICT;

CREATE INDEX job_by_end ON job (ended_ms, submitted_ms, user, account);
CREATE INDEX job_by_user ON job (user, job, ended_ms, submitted_ms);
CREATE INDEX job_by_name ON job (name, job);
CREATE INDEX job_by_array ON job (array_job) WHERE array_job IS NOT NULL;
CREATE INDEX job_by_sweep ON job (sweep) WHERE sweep IS NOT NULL;

CREATE TABLE attempt (
  job INTEGER NOT NULL REFERENCES job,
  attempt INTEGER NOT NULL CHECK (attempt > 0),
  started_ms INTEGER NOT NULL,
  ended_ms INTEGER,
  open INTEGER NOT NULL DEFAULT 1 CHECK (open IN (0, 1)),
  ending TEXT,
  PRIMARY KEY (job, attempt)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX one_open_attempt ON attempt (job) WHERE open = 1;

CREATE TABLE part (
  job INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  part INTEGER NOT NULL CHECK (part >= 0),
  node TEXT NOT NULL REFERENCES node,
  model TEXT NOT NULL,
  weight REAL NOT NULL,
  epoch INTEGER NOT NULL,
  first_rank INTEGER NOT NULL,
  ranks INTEGER NOT NULL,
  cores INTEGER NOT NULL,
  memory_bytes INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'launching' CHECK (state IN ('launching', 'running', 'ended')),
  started_ms INTEGER,
  ended_ms INTEGER,
  elapsed_ms INTEGER,
  outcome TEXT CHECK (outcome IN ('exited', 'timeLimit', 'outOfMemory', 'killed', 'leaseExpired',
    'neverStarted', 'nodeFailed', 'lost')),
  peak_memory_bytes INTEGER,
  throttled INTEGER,
  PRIMARY KEY (job, attempt, part),
  FOREIGN KEY (job, attempt) REFERENCES attempt,
  CHECK ((state = 'ended') = (outcome IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE core_slot (
  node TEXT NOT NULL,
  core INTEGER NOT NULL,
  job INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  part INTEGER NOT NULL,
  PRIMARY KEY (node, core),
  FOREIGN KEY (job, attempt, part) REFERENCES part
) STRICT, WITHOUT ROWID;
CREATE INDEX core_slot_by_part ON core_slot (job, attempt, part);

CREATE TABLE rank_usage (
  job INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  part INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  cpu_ms INTEGER NOT NULL,
  peak_memory_bytes INTEGER,
  useful_ms INTEGER,
  blocked_ms INTEGER,
  collective_calls INTEGER NOT NULL,
  bytes_sent INTEGER NOT NULL,
  bytes_received INTEGER NOT NULL,
  exit_code INTEGER NOT NULL,
  exit_signal INTEGER NOT NULL,
  PRIMARY KEY (job, attempt, rank)
) STRICT, WITHOUT ROWID;


CREATE TABLE part_segments (
  job INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  part INTEGER NOT NULL,
  span_s REAL NOT NULL,
  useful_s REAL NOT NULL,
  critical_s REAL NOT NULL,
  serial_s REAL NOT NULL,
  transfer_s REAL NOT NULL,
  serial_phase TEXT,
  PRIMARY KEY (job, attempt, part),
  FOREIGN KEY (job, attempt, part) REFERENCES part
) STRICT, WITHOUT ROWID;

CREATE TABLE stored_bytes (
  job INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('result', 'output', 'file')),
  name TEXT NOT NULL,
  position INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  truncated INTEGER NOT NULL,
  inline BLOB,
  sha256 TEXT,
  missing TEXT,
  PRIMARY KEY (job, attempt, kind, name),
  CHECK ((inline IS NOT NULL) + (sha256 IS NOT NULL) + (missing IS NOT NULL) = 1)
) STRICT;

CREATE TABLE schedule_run (
  id INTEGER PRIMARY KEY,
  user TEXT NOT NULL,
  name TEXT NOT NULL,
  due_ms INTEGER NOT NULL,
  what TEXT NOT NULL CHECK (what IN ('submitted', 'queued', 'skippedOverlap', 'skippedMissed',
    'refused')),
  job INTEGER,
  count INTEGER,
  code TEXT
) STRICT;
CREATE INDEX schedule_run_by_name ON schedule_run (user, name, id);

CREATE TRIGGER finished_job_is_final BEFORE UPDATE OF state ON job
WHEN OLD.state <> 'LIVE'
BEGIN SELECT RAISE(ABORT, 'a finished job may not change its state'); END;

CREATE TRIGGER job_ends_after_its_attempts BEFORE UPDATE OF state ON job
WHEN NEW.state <> 'LIVE' AND EXISTS (SELECT 1 FROM attempt WHERE job = NEW.job AND open = 1)
BEGIN SELECT RAISE(ABORT, 'a job may not finish while an attempt is open'); END;

CREATE TRIGGER closed_attempt_is_final BEFORE UPDATE OF open ON attempt
WHEN OLD.open = 0
BEGIN SELECT RAISE(ABORT, 'a closed attempt may not change'); END;

CREATE TRIGGER attempt_closes_after_its_parts BEFORE UPDATE OF open ON attempt
WHEN NEW.open = 0 AND EXISTS (
  SELECT 1 FROM part WHERE job = NEW.job AND attempt = NEW.attempt AND state <> 'ended')
BEGIN SELECT RAISE(ABORT, 'an attempt may not close while a part is open'); END;

CREATE TRIGGER attempts_follow_each_other BEFORE INSERT ON attempt
WHEN EXISTS (SELECT 1 FROM attempt WHERE job = NEW.job AND attempt >= NEW.attempt)
BEGIN SELECT RAISE(ABORT, 'a new attempt must have a higher number'); END;

CREATE TRIGGER ended_part_is_final BEFORE UPDATE OF state ON part
WHEN OLD.state = 'ended' OR (OLD.state = 'running' AND NEW.state = 'launching')
BEGIN SELECT RAISE(ABORT, 'a part may not leave its final state'); END;

CREATE TRIGGER cores_are_held_by_open_parts BEFORE INSERT ON core_slot
WHEN NOT EXISTS (SELECT 1 FROM part WHERE job = NEW.job AND attempt = NEW.attempt
  AND part = NEW.part AND state <> 'ended')
BEGIN SELECT RAISE(ABORT, 'only an open part may hold a core'); END;
