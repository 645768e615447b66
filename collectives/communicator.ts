import { allgather } from './allgather.ts';
import { allreduce } from './allreduce.ts';
import { alltoall } from './alltoall.ts';
import { allocateArray } from './arena.ts';
import { awaitable } from './awaitable.ts';
import { iallreduce } from './background.ts';
import { barrier } from './barrier.ts';
import { bcast } from './bcast.ts';
import type { CheckpointPort } from './checkpoint.ts';
import { checkpoint } from './checkpoint.ts';
import { explain } from './explain.ts';
import { gather } from './gather.ts';
import { left } from './group.ts';
import type { Group } from './group.ts';
import type { Communicator } from './kernel.ts';
import { irecv, isend } from './pointToPoint.ts';
import { reduce } from './reduce.ts';
import { reduceScatter } from './reduceScatter.ts';
import { scan } from './scan.ts';
import { repeatCall, repeatNumber, repeatOf } from './shared/repeat.ts';
import { scatter } from './scatter.ts';
import { nodeGroup, split } from './split.ts';
import type { IdCounter } from './split.ts';
import { argumentError } from './waiting.ts';

/**
 * The object that kernels call: binds a group to the functions that do the work. The overloads
 * of the public type relate argument and result; the functions check everything at run time.
 */

/** What all communicators of a rank share. */
export type Rank = {
  readonly ids: IdCounter;
  readonly weights: readonly number[];
  readonly onPhase: (name: string) => void;
  readonly onProgress: (fraction: number) => void;
  readonly checkpoints: CheckpointPort;
  readonly signalled: () => number;
};

const ANY = -1;

export function communicatorOf(group: Group, rank: Rank): Communicator {
  let node: Communicator | undefined;
  let inside: Group | undefined;
  const { members, endpoint } = group;
  const bound = {
    rank: group.rank,
    size: members.length,
    weights: members.map((member) => rank.weights[member] ?? 1),
    parts: members.map((member) => endpoint.layout.partOfRank[member] ?? -1),
    get node(): Communicator {
      inside ??= nodeGroup(group);
      node ??= communicatorOf(inside, rank);
      return node;
    },
    ...rooted(group),
    ...unrooted(group),
    ...points(group),
    async: awaitable(group),
    explain: () => explain(group),
    split: (color: number | undefined, key = 0) => {
      const part = split(group, rank.ids, { color, key, name: 'split' });
      return part && communicatorOf(part, rank);
    },
    dup: () => {
      const copy = split(group, rank.ids, { color: 0, key: 0, name: 'dup' });
      return communicatorOf(copy ?? group, rank);
    },
    alloc: (constructor: never, length: number, { shared = false }: { shared?: boolean } = {}) => {
      if (shared) inside ??= nodeGroup(group);
      return allocateArray(endpoint, constructor, length, shared ? inside : undefined);
    },
    phase: (name: string) => rank.onPhase(String(name)),
    progress: (fraction: number) => {
      if (!(fraction >= 0 && fraction <= 1)) {
        const rule = 'progress is a fraction from 0 to 1';
        throw argumentError('progress', 'fraction', { value: fraction, rule });
      }
      rank.onProgress(fraction);
    },
    checkpoint: (state: unknown) => checkpoint(group, rank.checkpoints, state),
    restored: () => rank.checkpoints.restored(),
    signalled: () => rank.signalled(),
  };
  return bound as unknown as Communicator;
}

type Options = {
  readonly root?: number;
  readonly into?: never;
  readonly counts?: readonly number[];
  readonly expected?: readonly number[];
};

/** Calls that are repeated make no objects of their own. */
const NONE: Options = {};

function rooted(group: Group) {
  return {
    bcast: (data: unknown, root = 0) => {
      const repeat = repeatOf(group, 'bcast', data, undefined, root);
      return repeat ? repeatCall(repeat) : left(group, bcast(group, data, root));
    },
    reduce: (data: unknown, operator: never, { root = 0, into }: Options = {}) =>
      left(group, reduce(group, { data, operator, root, into })),
    gather: (data: unknown, root = 0, { into }: Options = NONE) => {
      const repeat = repeatOf(group, 'gather', data, into, root);
      if (repeat) return repeatCall(repeat);
      return left(group, gather(group, { data, root, into, uneven: false }));
    },
    gatherv: (data: unknown, root = 0, { into, counts }: Options = {}) =>
      left(group, gather(group, { data, root, into, counts, uneven: true })),
    scatter: (data: unknown, root = 0, { into }: Options = NONE) => {
      const repeat = repeatOf(group, 'scatter', data, into, root);
      if (repeat) return repeatCall(repeat);
      return left(group, scatter(group, { data, root, into, uneven: false }));
    },
    scatterv: (
      data: unknown,
      counts: readonly number[] | undefined,
      root = 0,
      { into }: Options = {},
    ) => left(group, scatter(group, { data, root, into, counts, uneven: true })),
  };
}

function unrooted(group: Group) {
  return {
    barrier: () => {
      const repeat = repeatOf(group, 'barrier', undefined, undefined, undefined);
      if (repeat) repeatCall(repeat);
      else left(group, barrier(group));
    },
    allreduce: (data: unknown, operator: never, { into }: Options = NONE) => {
      const repeat = repeatOf(group, 'allreduce', data, into, operator);
      if (repeat) return repeatNumber(repeat, data);
      return left(group, allreduce(group, { data, operator, into }));
    },
    iallreduce: (data: unknown, operator: never, { into }: Options = {}) =>
      iallreduce(group, { data, operator, into }),
    scan: (data: unknown, operator: never, { into }: Options = {}) =>
      scan(group, { data, operator, into, exclusive: false }),
    scanExclusive: (data: unknown, operator: never, { into }: Options = {}) =>
      scan(group, { data, operator, into, exclusive: true }),
    reduceScatter: (data: unknown, operator: never, { into, counts }: Options = {}) =>
      left(group, reduceScatter(group, { data, operator, into, counts })),
    allgather: (data: unknown, { into }: Options = NONE) => {
      const repeat = repeatOf(group, 'allgather', data, into, undefined);
      if (repeat) return repeatCall(repeat);
      return left(group, allgather(group, { data, into, uneven: false }));
    },
    allgatherv: (data: unknown, { into, counts }: Options = {}) =>
      left(group, allgather(group, { data, into, counts, uneven: true })),
    alltoall: (data: unknown, { into }: Options = NONE) => {
      const repeat = repeatOf(group, 'alltoall', data, into, undefined);
      if (repeat) return repeatCall(repeat);
      return left(group, alltoall(group, { data, into, uneven: false }));
    },
    alltoallv: (data: unknown, counts: readonly number[], { into, expected }: Options = {}) =>
      left(group, alltoall(group, { data, counts, into, expected, uneven: true })),
  };
}

type Receive = { readonly source?: number; readonly tag?: number; readonly into?: never };
type SendReceive = Receive & { readonly destination: number; readonly sendTag?: number };

function points(group: Group) {
  const receiving = ({ source = ANY, tag = ANY, into }: Receive) => ({ source, tag, into });
  return {
    send: (value: unknown, destination: number, tag = 0) =>
      isend(group, { value, destination, tag }, 'send').wait(),
    recv: (options: Receive = {}) => irecv(group, receiving(options), 'recv').wait(),
    sendrecv: (value: unknown, options: SendReceive) => {
      const { destination, sendTag = 0 } = options;
      const incoming = irecv(group, receiving(options), 'sendrecv');
      const outgoing = isend(group, { value, destination, tag: sendTag }, 'sendrecv');
      const message = incoming.wait();
      outgoing.wait();
      return message;
    },
    isend: (value: unknown, destination: number, tag = 0) =>
      isend(group, { value, destination, tag }, 'send'),
    irecv: (options: Receive = {}) => irecv(group, receiving(options), 'recv'),
  };
}
