import type { Dependency } from './dependency.ts';
import type { TimeMs } from './time.ts';

/** What a user asked for, checked and with every default filled in. */
export type JobRequest = {
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
  readonly array: ArrayRequest | undefined;
  /** Problem size: scaling runs are compared with their like. */
  readonly size: number | undefined;
  /** Name of the scaling sweep or schedule this job belongs to. */
  readonly group: string | undefined;
  readonly comment: string | undefined;
  /** The wire form of everything the scheduler carries but never reads: params, env, files, outputs. */
  readonly payload: JobPayload;
};

export type Program =
  | { readonly kind: 'kernel'; readonly sha256: string; readonly file: string }
  | { readonly kind: 'command'; readonly args: readonly string[] }
  | { readonly kind: 'script'; readonly text: string; readonly args: readonly string[] };

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
