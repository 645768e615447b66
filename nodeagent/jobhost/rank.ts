import type { ExitCode } from '../../scheduler/model/outcome.ts';

/** One rank in flight: a child process or a worker thread. */
export type Rank = {
  readonly rank: number;
  /** Resolves, never rejects, once nothing of the rank runs and its output is complete. */
  readonly over: Promise<RankEnd>;
  /** Delivers a user's signal; threads are told by `comm.signalled()`, except of KILL. */
  readonly signal: (signal: number) => void;
  /** Asks it to end: TERM for a process. */
  readonly end: () => void;
  /** Ends it. */
  readonly kill: () => void;
};

export type RankEnd = {
  readonly exit: ExitCode;
  /** What went wrong, to follow "rank 3 on pi-2 ..."; undefined when nothing did. */
  readonly failure: string | undefined;
  readonly outOfMemory: boolean;
  /** It failed because another part was gone. */
  readonly peerLost?: boolean;
  readonly truncated: boolean;
  /** A thread that would not die: the host must kill itself once its record is written. */
  readonly stuck: boolean;
};

/** The same words whoever noticed: the kernel, or the watch. */
export const memoryFailure = (limitBytes: number): string =>
  `used more memory than the ${Math.floor(limitBytes / 2 ** 20)} MiB it was given`;

export const SUCCESS: ExitCode = { code: 0, signal: 0 };
