import type { PartAddress } from './partAddress.ts';
import type { Worker } from 'node:worker_threads';
import type { CollectiveName } from './call.ts';

/**
 * The seam between a job host and the data plane. The host's main thread opens one
 * `DataPlane` per attempt and part; each rank thread turns its `RankWiring` into a
 * `Communicator` (rank.ts). Only wiring crosses the broker, data never does.
 */

export type DataPlaneOptions = {
  /** `job.attempt`: peers of another attempt are refused. */
  readonly attempt: string;
  /** Index of this part (one part per node) and, for every rank, the part it runs in. */
  readonly part: number;
  readonly partOfRank: readonly number[];
  /** Measured relative speed of every rank (1 = reference core). */
  readonly weights: readonly number[];
  /** Shared by the parts of one attempt; proves a peer's identity. */
  readonly secret: Uint8Array;
  /** Address to listen on; unused when the attempt has one part. */
  readonly listenHost: string;
  /** Longest wait of one collective before CollectiveTimeoutError; default no limit. */
  readonly timeoutSeconds?: number;
  /** How long a silent peer counts as alive; default 10 s (a closed connection counts at once). */
  readonly silenceSeconds?: number;
  /** `eventLoop` keeps ranks away from sockets' descriptors; by default they poll them. */
  readonly receive?: 'descriptor' | 'eventLoop';
  /** How long `connect` tries; default 30 s. */
  readonly connectSeconds?: number;
};

/** What a rank did in collectives: for the accounting. Seconds are of a monotonic clock. */
export type CollectiveUsage = {
  readonly usefulSeconds: number;
  readonly blockedSeconds: number;
  readonly calls: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
};

/** Calls of one kind, and the seconds that ranks were blocked in them; of checkpoints those they took. */
export type KindUsage = {
  readonly kind: CollectiveName | 'checkpoint';
  readonly calls: number;
  readonly seconds: number;
};

/** Where the time of an attempt went (docs/speedup.md 2.3), in seconds; sums over its segments. */
export type SegmentReport = {
  /** From the ranks' common start to the end of the last. */
  readonly spanSeconds: number;
  /** Of all ranks. */
  readonly usefulSeconds: number;
  /** Of the busiest rank of each segment. */
  readonly criticalSeconds: number;
  /** While one rank worked alone. */
  readonly serialSeconds: number;
  /** While even the last to arrive was blocked. */
  readonly transferSeconds: number;
  /** Where most of the serial seconds were spent, as `comm.phase` named it. */
  readonly serialPhase: string | undefined;
};

/** Structured-cloneable; travels to the rank thread as workerData. */
export type RankWiring = {
  readonly rank: number;
  readonly size: number;
  readonly partOfRank: readonly number[];
  readonly weights: readonly number[];
  readonly attempt: string;
  /** Transport-private part. */
  readonly memory: unknown;
};

/** The host side of the data plane of one part. Errors: DataPlaneError. */
export type DataPlane = {
  /** Undefined when the attempt has one part only. */
  readonly address: PartAddress | undefined;
  /** Connects this part with every other; resolves when all links are authenticated. */
  connect(peers: readonly PartAddress[]): Promise<void>;
  wiringOf(rank: number): RankWiring;
  /** Must be called for every local rank as soon as its thread exists; its exit counts as leaving. */
  attach(rank: number, worker: Worker): void;
  /** A rank has left: `failure` undefined means it returned. Peers that need it get a RankLostError. */
  rankLeft(rank: number, failure: string | undefined): void;
  /** Every rank's pending and later collective throws, naming the cause. */
  abort(cause: string): void;
  /** Tells the peers that this process is about to be stopped for a while, or that it goes on. */
  rest(on: boolean): void;
  usageOf(rank: number): CollectiveUsage;
  /** Of all ranks of the part that have left. */
  kinds(): readonly KindUsage[];
  /** Once all ranks have left. Part 0 says it for all parts, if they end at about the same time. */
  segments(): Promise<SegmentReport | undefined>;
  /** Says goodbye to the peers and frees everything; ranks that still run get an abort. */
  close(): Promise<void>;
};
