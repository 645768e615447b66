import type { Communicator } from '../../../collectives/kernel.ts';
import { expectEqual } from './reference.ts';

/**
 * Random point-to-point programs: all ranks generate the same list of messages; each sends its
 * own in order and receives its own in a shuffled order that tags and ordering rules allow.
 */
export function pointPrograms(comm: Communicator, params: unknown): string[] {
  const { seed, programs } = params as { readonly seed: number; readonly programs: number };
  const wrong: string[] = [];
  const random = generator(seed);
  for (let program = 0; program < programs; program++) {
    runProgram(comm, random, wrong);
    if (wrong.length > 5) break;
  }
  ordering(comm, wrong);
  return wrong;
}

type Planned = {
  readonly from: number;
  readonly to: number;
  readonly tag: number;
  readonly length: number;
  readonly mark: number;
};

const LENGTHS = [0, 1, 3, 100, 1000, 20_000];

function runProgram(comm: Communicator, random: () => number, wrong: string[]): void {
  const { rank, size } = comm;
  const below = (limit: number): number => Math.floor(random() * limit);
  const planned: Planned[] = Array.from({ length: 1 + below(12) }, (_, mark) => ({
    from: below(size),
    to: below(size),
    tag: below(3),
    length: LENGTHS[below(LENGTHS.length)] ?? 0,
    mark,
  }));
  const nonBlocking = random() < 0.5;
  const anySource = random() < 0.3;
  const reverse = random() < 0.5;
  const mine = planned.filter(({ to }) => to === rank);
  const sends = planned
    .filter(({ from }) => from === rank)
    .map(({ to, tag, length, mark }) => {
      const data = new Float64Array(length + 1).fill(mark);
      if (nonBlocking) return comm.isend(data, to, tag);
      comm.send(data, to, tag);
      return undefined;
    });
  const left = reverse ? mine.toReversed() : mine.slice();
  const taken = new Set<number>();
  for (const { from, tag } of left) {
    const message = comm.recv<Float64Array>(anySource ? { tag } : { source: from, tag });
    const expected = mine.find(
      (item) => item.tag === tag && !taken.has(item.mark) && item.from === message.source,
    );
    if (expected) taken.add(expected.mark);
    const got = { mark: message.value[expected?.length ?? 0], length: message.value.length };
    const want = { mark: expected?.mark, length: (expected?.length ?? 0) + 1 };
    expectEqual(wrong, `program of ${planned.length}, rank ${rank}`, got, want);
  }
  for (const send of sends) send?.wait();
  comm.barrier();
}

function ordering(comm: Communicator, wrong: string[]): void {
  const { rank, size } = comm;
  const next = (rank + 1) % size;
  const before = (rank - 1 + size) % size;
  const big = new Float64Array(100_000).fill(rank);
  const swapped = comm.sendrecv<Float64Array>(big, { destination: next, source: before });
  expectEqual(wrong, 'sendrecv of a large array', swapped.value[99_999], before);
  const request = comm.irecv<string>({ source: before, tag: 7 });
  comm.send('hello', next, 7);
  expectEqual(wrong, 'irecv', request.wait().value, 'hello');
  comm.send(big, next, 1);
  comm.send('second', next, 2);
  const into = new Float64Array(100_001);
  expectEqual(wrong, 'tag first', comm.recv({ source: before, tag: 2 }).value, 'second');
  const part = comm.recv<Float64Array>({ source: before, tag: 1, into });
  expectEqual(wrong, 'shorter than the buffer', part.value.length, 100_000);
}

/** Mulberry32: the same numbers on every rank. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
