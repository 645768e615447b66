import { JOB_GUARDS, JOB_TABLE, JOB_TABLE_3, JOB_TABLE_4, PAGE_INDEXES } from './jobTable.ts';

/**
 * The journal's tables (SQLite, STRICT). `event` and `snapshot` are the truth; the rest are
 * projections, written in the same transaction as their events and read by `piacct`.
 *
 * Guards (docs/protocol.md): whatever a bug in the machine may ask for, the database
 * itself refuses a core held twice, a second open attempt, a part or job that leaves its final
 * state, an attempt that closes over an open part, and a request id used for two jobs.
 */
/** 'piba' */
export const APPLICATION_ID = 0x70696261;
export const SCHEMA_VERSION = 7;

/** Where the time of a kernel's part went (docs/speedup.md 2.3). */
const PART_SEGMENTS = /* sql */ `
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
`;

/** What of a part is measured since format 5. */
const PART_MEASURED = /* sql */ `
CREATE TABLE part_collective (
  job INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  part INTEGER NOT NULL,
  kind TEXT NOT NULL,
  calls INTEGER NOT NULL,
  seconds REAL NOT NULL,
  PRIMARY KEY (job, attempt, part, kind),
  FOREIGN KEY (job, attempt, part) REFERENCES part
) STRICT, WITHOUT ROWID;
CREATE INDEX stored_by_sha256 ON stored_bytes (sha256) WHERE sha256 IS NOT NULL;
`;
const PART_COLUMNS_5 = ['throttled_ms INTEGER', 'energy_j REAL', 'energy_how TEXT'];
const PART_COLUMN_7 = 'suspended_ms INTEGER';

/** When jobs were to start, as first told and as last told, of those that were told at all. */
const START_ESTIMATES = /* sql */ `
CREATE TABLE start_estimate (
  job INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  started_ms INTEGER NOT NULL,
  first_said_ms INTEGER NOT NULL,
  first_start_ms INTEGER NOT NULL,
  last_start_ms INTEGER NOT NULL,
  PRIMARY KEY (job, attempt)
) STRICT, WITHOUT ROWID;
CREATE INDEX start_estimate_by_start ON start_estimate (started_ms);
`;

/** What makes the tables of a version from those of the version before; the key is the new one. */
export const UPGRADES: Readonly<Record<number, string>> = {
  2: `DROP INDEX job_by_end; DROP INDEX job_by_user; ${PAGE_INDEXES} ${PART_SEGMENTS}`,
  3: JOB_TABLE_3,
  4: `${JOB_TABLE_4} ${START_ESTIMATES}`,
  5: `${PART_COLUMNS_5.map((column) => `ALTER TABLE part ADD COLUMN ${column};`).join(' ')}
    ${PART_MEASURED}`,
  // The events of a restore: a version that passed over them would go on with the old generation.
  6: '',
  7: `ALTER TABLE part ADD COLUMN ${PART_COLUMN_7};`,
};

export const SCHEMA = /* sql */ `
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

${JOB_TABLE}
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
  ${PART_COLUMNS_5.join(', ')},
  ${PART_COLUMN_7},
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

${PART_SEGMENTS}
${START_ESTIMATES}
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

${PART_MEASURED}
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

${JOB_GUARDS}
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
`;
