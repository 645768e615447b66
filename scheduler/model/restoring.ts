import type { ArrayTask, NodeName, PartId } from './ids.ts';
import type { PartOutcome } from './outcome.ts';
import type { TimeMs } from './time.ts';

/**
 * A backup took the place of the journal: what was done since it was taken is on the nodes only.
 * Nothing is placed before every node has said what it holds (docs/protocol.md, "Restore").
 */
export type Restoring = {
  readonly restoredMs: TimeMs;
  /** Jobs from this id on were submitted after it. */
  readonly firstNewJob: number;
  /** Who has not said yet, or still ends what it holds. */
  readonly awaited: readonly NodeName[];
  /** Whether every node that there was is known by name; else a whole lease is waited for them. */
  readonly complete: boolean;
};

/** What a node says of a part of an older generation, also of one that it has buried. */
export type SeenPart = {
  readonly id: PartId;
  /** The task of an array that it was. */
  readonly task: ArrayTask | undefined;
  /** How many parts its attempt had; 0: not known. */
  readonly parts: number;
  /** Undefined while it lives, and when nobody knows. */
  readonly outcome: PartOutcome | undefined;
  /** Its end was acknowledged: no report will say more of it. */
  readonly buried: boolean;
};

/** A part of an attempt that began after the backup was taken. */
export type FoundPart = {
  readonly id: PartId;
  readonly parts: number;
  readonly outcome: PartOutcome | undefined;
};

/** Attempts of one generation never have the number of one of another. */
const ATTEMPTS_PER_GENERATION = 1_000_000;
/** Numbers stay below 10^9, as nodes expect. */
export const LAST_GENERATION = 999;

/** The number of a job's next attempt: 1, 2, ... and after the first restore 1000001, ... */
export const nextAttempt = (generation: number, restarts: number): number =>
  (generation - 1) * ATTEMPTS_PER_GENERATION + restarts + 1;

/** Whether an attempt began before the last restore. */
export const isOlder = (attempt: number, generation: number): boolean =>
  attempt <= (generation - 1) * ATTEMPTS_PER_GENERATION;

/** How many attempts of its job went before it. */
export const restartsBefore = (attempt: number): number => (attempt - 1) % ATTEMPTS_PER_GENERATION;
