import type { JobId, NodeName, PartId } from './ids.ts';
import type { TimeMs } from './time.ts';

/**
 * What the machine would otherwise have to search for. Derived: rebuilt from jobs and nodes
 * after a restart, kept up to date by `apply`, never journalled.
 */
export type Lookup = {
  /** Pending jobs that are not held and whose begin time has come, in queue order. */
  readonly ready: JobId[];
  /** The ready jobs by cores and time limit (ms, Infinity without one), each list in queue order. */
  readonly shapes: Map<number, Map<number, JobId[]>>;
  /** Pending jobs that are not held and wait for their begin time or backoff. */
  readonly delayed: Set<JobId>;
  /** Ready jobs that no scheduling pass has looked at yet. */
  readonly unseen: Set<JobId>;
  readonly active: Set<JobId>;
  /** Live tasks split off an array, by the array's id; the last one may carry that id itself. */
  readonly tasks: Map<JobId, Set<JobId>>;
  /** How many tasks of an array hold an allocation. */
  readonly activeTasks: Map<JobId, number>;
  /** Jobs that wait for others, by policy/dependency.ts:parentKeys. */
  readonly dependents: Map<string, Set<JobId>>;
  readonly holdings: Map<NodeName, Holding>;
  /** Starts promised to waiting jobs by the last pass, and whether more has become free since. */
  planned: PlannedStarts;
};

export type PlannedStarts = {
  readonly starts: ReadonlyMap<JobId, TimeMs>;
  readonly stale: boolean;
};

/** What a node's open parts leave free. */
export type Holding = {
  /** Core ids, ascending. */
  readonly freeCores: number[];
  freeMemoryBytes: number;
  /** Parts that are not over, by partKey. */
  readonly parts: Map<string, PartId>;
};

export type HoldingView = {
  readonly freeCores: readonly number[];
  readonly freeMemoryBytes: number;
  readonly parts: ReadonlyMap<string, PartId>;
};

export type LookupView = {
  readonly ready: readonly JobId[];
  readonly shapes: ReadonlyMap<number, ReadonlyMap<number, readonly JobId[]>>;
  readonly delayed: ReadonlySet<JobId>;
  readonly unseen: ReadonlySet<JobId>;
  readonly active: ReadonlySet<JobId>;
  readonly tasks: ReadonlyMap<JobId, ReadonlySet<JobId>>;
  readonly activeTasks: ReadonlyMap<JobId, number>;
  readonly dependents: ReadonlyMap<string, ReadonlySet<JobId>>;
  readonly holdings: ReadonlyMap<NodeName, HoldingView>;
  readonly planned: PlannedStarts;
};
