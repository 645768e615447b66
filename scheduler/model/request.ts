import type { Dependency } from './dependency.ts';
import type { TimeMs } from './time.ts';

/** What a user asked for, checked and with every default filled in. */
export type JobRequest = Wishes & {
  readonly name: string;
  readonly program: Program;
  readonly ranks: number;
  readonly coresPerRank: number;
  readonly memoryPerRankBytes: number;
  readonly timeLimitMs: number;
  readonly partition: string;
  readonly account: string;
  readonly beginMs: TimeMs | undefined;
  readonly hold: boolean;
  readonly dependency?: Dependency;
  /** Whether the job may run again after its node failed. */
  readonly requeue: boolean;
  /** Delivered to its ranks this long before the time limit, so that they can save their work. */
  readonly endSignal?: EndSignal;
  readonly array: ArrayRequest | undefined;
  /** Problem size: scaling runs are compared with their like. */
  readonly size: number | undefined;
  /** Name of the scaling sweep or schedule this job belongs to. */
  readonly group: string | undefined;
  readonly comment: string | undefined;
  /** The wire form of everything the scheduler carries but never reads: params, env, files, outputs. */
  readonly payload: JobPayload;
};

export type EndSignal = { readonly number: number; readonly beforeMs: number };

/** Where and when it shall run, beyond its size. */
export type Wishes = {
  /** How many nodes it spreads over; absent: as few as there is room on. */
  readonly nodes?: { readonly least: number; readonly most: number };
  /** At most this many ranks on one node; absent: as many as fit. */
  readonly ranksPerNode?: number;
  /** Holds its nodes alone, with all their cores. */
  readonly exclusive?: boolean;
  /** All of these nodes, and others if they do not hold it; names once. */
  readonly nodeList?: readonly string[];
  /** None of these nodes; names once. */
  readonly excluded?: readonly string[];
  /** Only nodes with these features; absent: all nodes will do. */
  readonly constraint?: Constraint;
  /** Generic resources on each of its nodes, names once. */
  readonly gres?: readonly Countable[];
  /** Licenses of the cluster while it runs, names once. */
  readonly licenses?: readonly Countable[];
  /** Absent: block, contiguous runs of ranks. Cyclic deals ranks out one by one, node by node. */
  readonly distribution?: 'block' | 'cyclic';
  /** Prefers nodes behind one switch. */
  readonly contiguous?: boolean;
  /** Only boards of one model, whichever it is. */
  readonly uniform?: boolean;
  /** Shortest time limit with which it may start earlier; absent: timeLimitMs. */
  readonly minTimeMs?: number;
  /** Ended as DEADLINE when it can no longer end by then. */
  readonly deadlineMs?: TimeMs;
  /** Taken off its priority; negative only for operators. */
  readonly nice?: number;
  /** Absent: the default of its partition, if it has one. */
  readonly qos?: string;
  /** Runs in this reservation of the cluster only. */
  readonly reservation?: string;
  /**
   * Moldable: the scheduler chooses a count in between when the job starts, which is then its `ranks`;
   * before, that is the most that the cluster could hold.
   */
  readonly ranksRange?: { readonly least: number; readonly most: number };
};

export type Program =
  | { readonly kind: 'kernel'; readonly sha256: string; readonly file: string }
  | { readonly kind: 'command'; readonly args: readonly string[] }
  | { readonly kind: 'script'; readonly text: string; readonly args: readonly string[] };

/** A name and how many of it: `camera:2`. */
export type Countable = { readonly name: string; readonly count: number };

/**
 * Features asked of nodes, in Slurm's words: `pi5&nvme`, `pi4|pi5`, `[pi5*2&pi4*1]`, `[rack1|rack2]`. With
 * `counted` at least so many of the job's nodes must have the feature, and the others are free; with
 * `same` all its nodes have one of the features, whichever it is.
 */
export type Constraint =
  | { readonly kind: 'feature'; readonly feature: string }
  | { readonly kind: 'all' | 'any'; readonly of: readonly Constraint[] }
  | {
      readonly kind: 'counted';
      readonly of: readonly { readonly feature: string; readonly nodes: number }[];
    }
  | { readonly kind: 'same'; readonly of: readonly string[] };

export type ArrayRequest = {
  /** Ascending task indexes. */
  readonly indexes: readonly number[];
  /** At most this many tasks at once (`%8`). */
  readonly throttle: number | undefined;
};

export type FileRef = {
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly executable: boolean;
};

export type JobPayload = {
  /** JSON handed to the kernel. */
  readonly params: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly inputs: readonly FileRef[];
  /** Glob patterns, relative to the job's directory. */
  readonly outputs: readonly string[];
  readonly submitDirectory: string;
  readonly submitHost: string;
};
