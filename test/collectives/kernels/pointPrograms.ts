import { anySource, anyTag } from '../../../collectives/kernel.ts';
import type { Communicator, Message, Request } from '../../../collectives/kernel.ts';
import { generator } from './generator.ts';
import { expectEqual } from './reference.ts';

/**
 * Random point-to-point programs: all ranks draw the same list of messages; each sends its own in
 * order and asks for its own in an order, and with wildcards, of its own. Whatever matches, two
 * messages of one sender that both fit never overtake each other.
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
  const style: Style = {
    nonBlocking: random() < 0.5,
    anySource: random() < 0.4,
    anyTag: random() < 0.3,
    posted: random() < 0.4,
    reverse: random() < 0.5,
  };
  const mine = planned.filter(({ to }) => to === rank);
  const asked = style.reverse ? mine.toReversed() : mine;
  const requests = style.posted ? asked.map((item) => ask(comm, item, style)) : [];
  const sends = planned
    .filter(({ from }) => from === rank)
    .map(({ to, tag, length, mark }) => {
      const data = new Float64Array(length + 1).fill(mark);
      if (style.nonBlocking) return comm.isend(data, to, tag);
      comm.send(data, to, tag);
      return undefined;
    });
  // Posted receives are completed in another order than they were asked for.
  const late = style.posted ? requests.toReversed().map((request) => request.wait()) : [];
  const messages = style.posted
    ? late.toReversed()
    : asked.map((item) => ask(comm, item, style).wait());
  const taken = new Set<number>();
  for (const [i, { from, tag }] of asked.entries()) {
    const message = messages[i] as Message<Float64Array>;
    const fits = (item: Planned): boolean =>
      item.from === message.source && (style.anyTag || item.tag === tag) && !taken.has(item.mark);
    const expected = mine.find(fits);
    if (expected) taken.add(expected.mark);
    const { value } = message;
    const got = [message.source, message.tag, value.length, value[0], value.at(-1)];
    const source = style.anySource ? expected?.from : from;
    const length = (expected?.length ?? 0) + 1;
    const want = [source, expected?.tag, length, expected?.mark, expected?.mark];
    expectEqual(wrong, `program of ${planned.length}, rank ${rank}, ${shown(style)}`, got, want);
  }
  for (const send of sends) send?.wait();
  comm.barrier();
}

type Style = {
  readonly nonBlocking: boolean;
  readonly anySource: boolean;
  readonly anyTag: boolean;
  /** Receives are asked for before anything is sent. */
  readonly posted: boolean;
  readonly reverse: boolean;
};

const shown = (style: Style): string =>
  Object.entries(style)
    .flatMap(([name, on]) => (on ? [name] : []))
    .join(' ');

const ask = (
  comm: Communicator,
  { from, tag }: Planned,
  { anySource: anybody, anyTag: anything }: Style,
): Request<Message<Float64Array>> =>
  comm.irecv<Float64Array>({
    source: anybody ? anySource : from,
    tag: anything ? anyTag : tag,
  });

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
