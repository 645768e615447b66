import type { Parsed } from './shape.ts';
import { flag, list, number, object, optional, text, union } from './shape.ts';

/**
 * `exit.json` in a part's folder: how the part ended and what it used. The job host writes it
 * before it leaves; for a host that died, the agent does.
 */
const failure = optional(object({ rank: number, message: text, peerLost: optional(flag) }));
const exit = object({ code: number, signal: number });

export const partExit = object({
  endedMs: number,
  elapsedMs: number,
  /** Not in `elapsedMs`; absent in older records. */
  suspendedMs: optional(number),
  outcome: union({
    exited: { exit, failure },
    timeLimit: {},
    outOfMemory: { failure },
    killed: {},
    leaseExpired: {},
    neverStarted: { why: text },
    lost: { why: text },
  }),
  usage: list(
    object({
      rank: number,
      cpuMs: number,
      peakMemoryBytes: optional(number),
      usefulMs: optional(number),
      blockedMs: optional(number),
      collectiveCalls: number,
      bytesSent: number,
      bytesReceived: number,
      exit,
    }),
  ),
  /** Whether the captured output of a rank was cut at the cap. */
  truncatedRanks: list(number),
  /** JSON of rank 0's return value is in `result.json`. */
  result: flag,
  peakMemoryBytes: optional(number),
  throttled: flag,
  /** Absent in older records, like what follows. */
  throttledMs: optional(number),
  /** The part's share of what the board drew; absent where no meter says. */
  energy: optional(object({ joules: number, how: text })),
  /** Sums over the ranks of a kernel. */
  collectives: optional(list(object({ kind: text, calls: number, seconds: number }))),
  /** Where a kernel's time went, said by the first of several parts; absent for commands and older records. */
  segments: optional(
    object({
      spanSeconds: number,
      usefulSeconds: number,
      criticalSeconds: number,
      serialSeconds: number,
      transferSeconds: number,
      serialPhase: optional(text),
    }),
  ),
});

export type PartExit = Parsed<typeof partExit>;

export function neverStarted(why: string, endedMs: number): PartExit {
  return {
    endedMs,
    elapsedMs: 0,
    suspendedMs: undefined,
    outcome: { kind: 'neverStarted', why },
    usage: [],
    truncatedRanks: [],
    result: false,
    peakMemoryBytes: undefined,
    throttled: false,
    throttledMs: undefined,
    energy: undefined,
    collectives: undefined,
    segments: undefined,
  };
}
