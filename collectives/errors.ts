/**
 * Every error that collectives raise. All carry fields, so that a job report can name the rank,
 * the part and the collective without parsing a sentence.
 */

/** The data plane of a part could not be opened, connected or used. */
export class DataPlaneError extends Error {
  override readonly name = 'DataPlaneError';
  readonly attempt: string;
  readonly part: number;
  readonly reason: string;
  constructor(
    where: { readonly attempt: string; readonly part: number },
    reason: string,
    cause?: unknown,
  ) {
    super(`data plane of attempt ${where.attempt}, part ${where.part}: ${reason}`, { cause });
    this.attempt = where.attempt;
    this.part = where.part;
    this.reason = reason;
  }
}

/** A call that cannot be right whatever the other ranks do: nothing was sent. */
export class CommunicatorArgumentError extends Error {
  override readonly name = 'CommunicatorArgumentError';
  readonly collective: string;
  readonly argument: string;
  readonly value: unknown;
  constructor(
    collective: string,
    fault: { readonly argument: string; readonly value: unknown; readonly rule: string },
    cause?: unknown,
  ) {
    super(`${collective}: ${fault.argument} is ${printed(fault.value)}; ${fault.rule}`, { cause });
    this.collective = collective;
    this.argument = fault.argument;
    this.value = fault.value;
  }
}

/** One rank's call as its peers saw it, e.g. `reduce(Float64Array[10], sum, root 0) as call 3`. */
export type CallOfRank = { readonly rank: number; readonly call: string };

/** Ranks of one communicator made different calls. Raised on every rank. */
export class CollectiveMismatchError extends Error {
  override readonly name = 'CollectiveMismatchError';
  readonly calls: readonly CallOfRank[];
  constructor(calls: readonly CallOfRank[]) {
    const list = calls.map(({ rank, call }) => `rank ${rank} called ${call}`).join('; ');
    super(`ranks called different collectives: ${list}`);
    this.calls = calls;
  }
}

/** A rank that is needed has gone: its thread failed, returned early, or its host is unreachable. */
export class RankLostError extends Error {
  override readonly name = 'RankLostError';
  readonly rank: number;
  readonly part: number;
  readonly collective: string;
  readonly failure: string;
  constructor(
    lost: { readonly rank: number; readonly part: number; readonly failure: string },
    collective: string,
  ) {
    super(`rank ${lost.rank} (part ${lost.part}) is lost: ${lost.failure}; seen in ${collective}`);
    this.rank = lost.rank;
    this.part = lost.part;
    this.collective = collective;
    this.failure = lost.failure;
  }
}

/** A call waited longer than the limit that the job set. Raised on every rank. */
export class CollectiveTimeoutError extends Error {
  override readonly name = 'CollectiveTimeoutError';
  readonly rank: number;
  readonly collective: string;
  readonly seconds: number;
  constructor(timeout: {
    readonly rank: number;
    readonly collective: string;
    readonly seconds: number;
  }) {
    super(`rank ${timeout.rank} waited ${timeout.seconds} s in ${timeout.collective}`);
    this.rank = timeout.rank;
    this.collective = timeout.collective;
    this.seconds = timeout.seconds;
  }
}

/** A user operator threw on one rank. Raised on every rank; on that rank with the cause. */
export class OperatorFailedError extends Error {
  override readonly name = 'OperatorFailedError';
  readonly rank: number;
  readonly collective: string;
  readonly failure: string;
  constructor(
    failed: { readonly rank: number; readonly collective: string; readonly failure: string },
    cause?: unknown,
  ) {
    super(`the operator of ${failed.collective} threw on rank ${failed.rank}: ${failed.failure}`, {
      cause,
    });
    this.rank = failed.rank;
    this.collective = failed.collective;
    this.failure = failed.failure;
  }
}

/** The job host stopped the attempt. */
export class CollectiveAbortedError extends Error {
  override readonly name = 'CollectiveAbortedError';
  readonly reason: string;
  readonly collective: string;
  constructor(reason: string, collective: string) {
    super(`${collective} was aborted: ${reason}`);
    this.reason = reason;
    this.collective = collective;
  }
}

function printed(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return 'a function';
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return `a ${value.constructor?.name ?? 'value'}`;
  return String(value);
}
