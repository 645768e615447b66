import type { Demand } from './demand.ts';
import type { JobId, NodeName, PartId } from './ids.ts';
import type { RankChoice } from './rankChoice.ts';
import type { TimeMs } from './time.ts';

/**
 * What the machine would otherwise have to search for. Derived: rebuilt from jobs and nodes
 * after a restart, kept up to date by `apply`, never journalled.
 */
export type Lookup = {
  /** Pending jobs that are not held and whose begin time has come, in queue order. */
  readonly ready: JobId[];
  /** The ready jobs by what they ask for (demand.ts), each list in queue order. */
  readonly shapes: Map<string, Shape>;
  /** The ready jobs to which not every free core is alike. */
  readonly particular: Set<JobId>;
  /** Pending jobs that are not held and wait for their begin time or backoff. */
  readonly delayed: Set<JobId>;
  /** Ready jobs that no scheduling pass has looked at yet. */
  readonly unseen: Set<JobId>;
  /** Whole numbers, of pending jobs; absent: 0. */
  priorities: Map<JobId, number>;
  /** When all of them were weighed last. */
  prioritisedMs: TimeMs | undefined;
  readonly active: Set<JobId>;
  /** Pending jobs that have a deadline. */
  readonly deadlines: Set<JobId>;
  /** Live tasks split off an array, by the array's id; the last one may carry that id itself. */
  readonly tasks: Map<JobId, Set<JobId>>;
  /** How many tasks of an array hold an allocation. */
  readonly activeTasks: Map<JobId, number>;
  /** Jobs that wait for others, by policy/dependency.ts:parentKeys. */
  readonly dependents: Map<string, Set<JobId>>;
  readonly holdings: Map<NodeName, Holding>;
  /** Nodes with a free core, whether they take work or not. */
  readonly open: Set<NodeName>;
  /** When all open parts are over by their limits. */
  readonly ends: Ends;
  /** Nodes whose parts have changed since starts were promised last. */
  readonly touched: Set<NodeName>;
  /**
   * Another object whenever a node comes, goes or offers something else, and when settings or
   * reservations change: what was derived from these belongs to one layout.
   */
  layout: object;
  /** What limits count, by policy/tally.ts:tallyKeys. */
  readonly tallies: Map<string, Tally>;
  /** Starts promised to waiting jobs by the last pass, and whether more has become free since. */
  planned: PlannedStarts;
  /** The first start that a waiting job was told, and when. Lost in a restart. */
  readonly told: Map<JobId, ToldStart>;
};

export type ToldStart = { readonly saidMs: TimeMs; readonly startMs: TimeMs };

export type Shape = { readonly demand: Demand; readonly jobs: JobId[] };
export type ShapeView = { readonly demand: Demand; readonly jobs: readonly JobId[] };

/** So many ranks of a waiting job on this node. */
export type BookedShare = { readonly node: NodeName; readonly ranks: number };

export type PlannedStarts = {
  readonly starts: ReadonlyMap<JobId, TimeMs>;
  /** The nodes of those starts, where not every free core is alike. */
  readonly bookings?: ReadonlyMap<JobId, readonly BookedShare[]>;
  /** With how many ranks the moldable jobs among them. */
  readonly choices?: ReadonlyMap<JobId, RankChoice>;
  readonly stale: boolean;
};

/** Jobs (tasks of arrays, each) in the queue or running, those of them that run, and the cores they hold. */
export type Tally = { submitted: number; running: number; cores: number };

/** What a node's open parts leave free. */
export type Holding = {
  /** Core ids, ascending. */
  readonly freeCores: number[];
  freeMemoryBytes: number;
  /** Parts that are not over, by partKey. */
  readonly parts: Map<string, PartId>;
};

/** Moments, ascending, and how many cores are given back at each. */
export type Ends = { readonly timesMs: number[]; readonly cores: number[] };
export type EndsView = { readonly timesMs: readonly number[]; readonly cores: readonly number[] };

export type HoldingView = {
  readonly freeCores: readonly number[];
  readonly freeMemoryBytes: number;
  readonly parts: ReadonlyMap<string, PartId>;
};

export type LookupView = {
  readonly ready: readonly JobId[];
  readonly shapes: ReadonlyMap<string, ShapeView>;
  readonly particular: ReadonlySet<JobId>;
  readonly delayed: ReadonlySet<JobId>;
  readonly unseen: ReadonlySet<JobId>;
  readonly priorities: ReadonlyMap<JobId, number>;
  readonly prioritisedMs: TimeMs | undefined;
  readonly active: ReadonlySet<JobId>;
  readonly deadlines: ReadonlySet<JobId>;
  readonly tasks: ReadonlyMap<JobId, ReadonlySet<JobId>>;
  readonly activeTasks: ReadonlyMap<JobId, number>;
  readonly dependents: ReadonlyMap<string, ReadonlySet<JobId>>;
  readonly holdings: ReadonlyMap<NodeName, HoldingView>;
  readonly open: ReadonlySet<NodeName>;
  readonly ends: EndsView;
  readonly touched: ReadonlySet<NodeName>;
  readonly layout: object;
  readonly tallies: ReadonlyMap<string, Readonly<Tally>>;
  readonly planned: PlannedStarts;
  readonly told: ReadonlyMap<JobId, ToldStart>;
};
