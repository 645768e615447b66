/** How a part, an attempt or a job ended; exit codes are Slurm's `exit:signal`. */
export type ExitCode = { readonly code: number; readonly signal: number };

export type PartOutcome =
  | { readonly kind: 'exited'; readonly exit: ExitCode; readonly failure: RankFailure | undefined }
  | { readonly kind: 'timeLimit' }
  | { readonly kind: 'outOfMemory'; readonly failure: RankFailure | undefined }
  /** Ended on the scheduler's order. */
  | { readonly kind: 'killed' }
  /** The lease ran out while the scheduler could not be reached. */
  | { readonly kind: 'leaseExpired' }
  /** The agent could not start it; nothing ran. */
  | { readonly kind: 'neverStarted'; readonly why: string }
  /** Fenced with its node. */
  | { readonly kind: 'nodeFailed' }
  /** The node's inventory no longer holds it; `why`: nobody knows how its job host ended. */
  | { readonly kind: 'lost'; readonly why?: string };

/** The first rank that failed and why, in words for the user. */
export type RankFailure = {
  readonly rank: number;
  readonly message: string;
  /** It failed because another part was gone: that part is the cause. */
  readonly peerLost?: boolean | undefined;
};

/** Slurm's terminal states. */
export const FINAL_STATES = [
  'COMPLETED',
  'CANCELLED',
  'FAILED',
  'TIMEOUT',
  'NODE_FAIL',
  'OUT_OF_MEMORY',
  'DEADLINE',
  'PREEMPTED',
] as const;
export type FinalState = (typeof FINAL_STATES)[number];

/** What the ranks of one part used, as measured on the node. */
export type RankUsage = {
  readonly rank: number;
  readonly cpuMs: number;
  readonly peakMemoryBytes: number | undefined;
  readonly usefulMs: number | undefined;
  readonly blockedMs: number | undefined;
  readonly collectiveCalls: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly exit: ExitCode;
};

/** Calls of one kind, and the seconds that ranks were blocked in them; of `checkpoint` those they took. */
export type CollectiveUse = {
  readonly kind: string;
  readonly calls: number;
  readonly seconds: number;
};

/** Where the time of a kernel's attempt went: sums over its segments, in seconds. */
export type SegmentTotals = {
  readonly spanSeconds: number;
  readonly usefulSeconds: number;
  readonly criticalSeconds: number;
  readonly serialSeconds: number;
  readonly transferSeconds: number;
  readonly serialPhase: string | undefined;
};

/** Where what a part wrote can be found: small bytes inline, large ones by hash. */
export type StoredBytes = {
  readonly name: string;
  readonly sizeBytes: number;
  readonly truncated: boolean;
  readonly content:
    | { readonly kind: 'inline'; readonly base64: string }
    | { readonly kind: 'blob'; readonly sha256: string }
    /** The node could not deliver it. */
    | { readonly kind: 'missing'; readonly why: string };
};

export type PartEnd = {
  readonly outcome: PartOutcome;
  readonly elapsedMs: number;
  /** Not in `elapsedMs`; absent: it was not suspended. */
  readonly suspendedMs?: number;
  readonly usage: readonly RankUsage[];
  /** One per rank, `rank.N`: the captured output. */
  readonly output: readonly StoredBytes[];
  /** Collected output files. */
  readonly files: readonly StoredBytes[];
  /** JSON of rank 0's return value; only on the part that holds rank 0. */
  readonly result: StoredBytes | undefined;
  /** Peak memory of the whole job host, when measured. */
  readonly peakMemoryBytes: number | undefined;
  readonly throttled: boolean;
  /** Absent in journals before it was measured, like what follows. */
  readonly throttledMs?: number | undefined;
  /** The part's share of what the board drew; absent where no meter says. */
  readonly energy?: { readonly joules: number; readonly how: 'metered' | 'pmic' } | undefined;
  /** Sums over the ranks of a kernel, a kind once. */
  readonly collectives?: readonly CollectiveUse[] | undefined;
  /** Said by the first of several parts; absent for commands and in journals before it was measured. */
  readonly segments?: SegmentTotals | undefined;
};
