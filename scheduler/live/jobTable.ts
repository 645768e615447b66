import { FINAL_STATES } from '../model/outcome.ts';

/** The table of jobs, with what guards and finds its rows. */
const FINAL = FINAL_STATES.map((state) => `'${state}'`).join(', ');

const COLUMNS = `job, user, array_job, array_task, name, account, partition, sweep, comment,
  schedule, program, size, ranks, cores, memory_bytes, time_limit_ms, submitted_ms, eligible_ms,
  started_ms, ended_ms, attempt, state, exit_code, exit_signal, reason, message, cancelled_by`;

/** `asked`: JSON of what the request says beyond the other columns (requestRow.ts:askedJson). */
const jobTable = (name: string): string => /* sql */ `
CREATE TABLE ${name} (
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
  state TEXT NOT NULL DEFAULT 'LIVE',
  exit_code INTEGER,
  exit_signal INTEGER,
  reason TEXT,
  message TEXT,
  cancelled_by TEXT,
  asked TEXT,
  CHECK ((state = 'LIVE') = (ended_ms IS NULL))
) STRICT;
`;

/** Indexes that answer a question alone: a page of jobs reads rows only of what it shows. */
export const PAGE_INDEXES = /* sql */ `
CREATE INDEX job_by_end ON job (ended_ms, submitted_ms, user, account);
CREATE INDEX job_by_user ON job (user, job, ended_ms, submitted_ms);
`;

const INDEXES = /* sql */ `${PAGE_INDEXES}
CREATE INDEX job_by_name ON job (name, job);
CREATE INDEX job_by_array ON job (array_job) WHERE array_job IS NOT NULL;
CREATE INDEX job_by_sweep ON job (sweep) WHERE sweep IS NOT NULL;
`;

/** A trigger and no CHECK, so that a new state needs no new table: drop it, make it again. */
const KNOWN_STATES = /* sql */ `
CREATE TRIGGER job_state_is_known BEFORE UPDATE OF state ON job
WHEN NEW.state NOT IN ('LIVE', ${FINAL})
BEGIN SELECT RAISE(ABORT, 'no such state of a job'); END;
`;

const GUARDS = /* sql */ `${KNOWN_STATES}
CREATE TRIGGER finished_job_is_final BEFORE UPDATE OF state ON job
WHEN OLD.state <> 'LIVE'
BEGIN SELECT RAISE(ABORT, 'a finished job may not change its state'); END;

CREATE TRIGGER job_ends_after_its_attempts BEFORE UPDATE OF state ON job
WHEN NEW.state <> 'LIVE' AND EXISTS (SELECT 1 FROM attempt WHERE job = NEW.job AND open = 1)
BEGIN SELECT RAISE(ABORT, 'a job may not finish while an attempt is open'); END;
`;

export const JOB_TABLE = `${jobTable('job')}${INDEXES}`;
/** Made when all tables are there. */
export const JOB_GUARDS = GUARDS;

/** Format 4: one more state, and what was foretold of starts. */
export const JOB_TABLE_4 = /* sql */ `DROP TRIGGER job_state_is_known; ${KNOWN_STATES}`;

/** Format 3: the column `asked`, and the states in a trigger. Needs foreign keys off. */
export const JOB_TABLE_3 = /* sql */ `
${jobTable('job_3')}
INSERT INTO job_3 (${COLUMNS}) SELECT ${COLUMNS} FROM job;
DROP TABLE job;
ALTER TABLE job_3 RENAME TO job;
${INDEXES}${GUARDS}`;
