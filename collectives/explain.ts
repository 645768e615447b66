import { DOUBLING_BYTES, PAIR_BYTES, chooseBetween } from './between.ts';
import type { Group } from './group.ts';
import { STAGE_BYTES } from './layout.ts';
import { SMALL_BYTES } from './shared/reduceTogether.ts';

/** What `comm.explain()` says; all of it follows from ranks, parts and sizes, none from timing. */
export type Explanation = {
  readonly ranks: number;
  /** Ranks of this communicator that share memory with this one. */
  readonly ranksHere: number;
  readonly parts: number;
  /** How this rank reaches every other part: it polls the descriptor, or the event loop does. */
  readonly transport: readonly { readonly part: number; readonly receive: string }[];
  /** Microseconds that a waiting rank polls before it sleeps; 0 = more ranks than cores. */
  readonly spinUs: number;
  /** Algorithms of an allreduce of doubles with `sum`, by size: up to so many bytes. */
  readonly allreduce: readonly {
    readonly upToBytes: number;
    readonly inside: string;
    readonly between: string;
  }[];
};

export function explain(group: Group): Explanation {
  const { endpoint, members } = group;
  const { partOfRank, part } = endpoint.layout;
  const parts = [...new Set(members.map((member) => partOfRank[member] ?? -1))];
  const heads = parts.length;
  const steps = [
    8,
    SMALL_BYTES,
    DOUBLING_BYTES,
    Math.max(PAIR_BYTES, STAGE_BYTES),
    Number.POSITIVE_INFINITY,
  ];
  return {
    ranks: members.length,
    ranksHere: members.filter((member) => partOfRank[member] === part).length,
    parts: heads,
    transport: parts
      .filter((other) => other !== part)
      .map((other) => ({
        part: other,
        receive: endpoint.polled[other] === undefined ? 'eventLoop' : 'descriptor',
      })),
    spinUs: endpoint.spinUs,
    allreduce: steps.map((upToBytes) => ({
      upToBytes,
      inside: insideFor(upToBytes),
      between: heads === 1 ? 'none' : chooseBetween(heads, upToBytes, 'sum'),
    })),
  };
}

function insideFor(bytes: number): string {
  if (bytes <= 8) return 'value beside the sequence number, one meeting';
  if (bytes <= SMALL_BYTES) return 'copied to stages, everyone reduces all, one meeting';
  return 'everyone reduces a slice: shared arrays at once, private ones in staged chunks';
}
