import type { Communicator, TypedArray } from '../../../collectives/kernel.ts';
import { expectEqual } from './reference.ts';

/**
 * The same calls with the same arrays and new contents, as the quick paths see them: shared and
 * private arrays, sizes on both sides of every switch, first and last rank as the root.
 */
type Type = Float64ArrayConstructor | Int32ArrayConstructor | Uint8ArrayConstructor;
type Kind = 'shared' | 'private' | 'mixed';

const ROUNDS = 4;

export function repeatedCalls(
  comm: Communicator,
  { lengths }: { readonly lengths: readonly number[] },
): string[] {
  const wrong: string[] = [];
  const types: Type[] = [Float64Array, Int32Array, Uint8Array];
  for (const type of types) {
    for (const length of lengths) {
      for (const kind of ['shared', 'private', 'mixed'] as const) {
        const arrays = arraysOf(comm, { type, length, kind });
        for (const root of new Set([0, comm.size - 1])) {
          for (let round = 0; round < ROUNDS; round++) {
            const name = `${type.name}[${length}] ${kind} root ${root} round ${round}`;
            oneRound(comm, { ...arrays, type, length, root, round, name, wrong });
          }
        }
      }
    }
  }
  return wrong;
}

type Arrays = {
  readonly data: TypedArray;
  readonly into: TypedArray;
  readonly wide: TypedArray;
  readonly wideInto: TypedArray;
};

function arraysOf(
  comm: Communicator,
  { type, length, kind }: { readonly type: Type; readonly length: number; readonly kind: Kind },
): Arrays {
  const isShared = kind === 'shared' || (kind === 'mixed' && comm.rank % 2 === 0);
  const make = (count: number): TypedArray =>
    isShared ? comm.alloc<TypedArray>(type, count) : new type(count);
  const long = length * comm.size;
  return { data: make(length), into: make(length), wide: make(long), wideInto: make(long) };
}

type Round = Arrays & {
  readonly type: Type;
  readonly length: number;
  readonly root: number;
  readonly round: number;
  readonly name: string;
  readonly wrong: string[];
};

const fill = (array: TypedArray, value: (i: number) => number): TypedArray => {
  for (let i = 0; i < array.length; i++) array[i] = value(i) as never;
  return array;
};

function oneRound(comm: Communicator, work: Round): void {
  const { rank, size } = comm;
  const { data, into, wide, wideInto, type, length, root, round } = work;
  const ranks = Array.from({ length: size }, (_, of) => of);
  const value = (of: number, i: number): number => (of * 7 + i + round) % 20;
  const row = (of: number, count: number): TypedArray => fill(new type(count), (i) => value(of, i));
  const joined = (piece: (of: number) => TypedArray): TypedArray => {
    const all = new type(length * size);
    for (const of of ranks) all.set(piece(of) as never, of * length);
    return all;
  };
  const cut = (of: number): TypedArray =>
    row(of, length * size).slice(rank * length, (rank + 1) * length);
  const same = (what: string, got: unknown, expected: unknown): void =>
    expectEqual(work.wrong, `${what} ${work.name}`, got, expected);

  data.set(row(rank, length) as never);
  comm.allreduce(data, 'sum', { into });
  const sum = (i: number): number => ranks.reduce((total, of) => total + value(of, i), 0);
  same(
    'allreduce',
    into,
    fill(new type(length), (i) => sum(i)),
  );
  comm.bcast(data, root);
  same('bcast', data, row(root, length));
  comm.barrier();
  data.set(row(rank, length) as never);
  wide.set(row(rank, length * size) as never);
  const all = joined((of) => row(of, length));
  const gathered = comm.gather(data, root, { into: wideInto });
  same('gather', gathered, rank === root ? all : undefined);
  wideInto.fill(0 as never);
  same('allgather', comm.allgather(data, { into: wideInto }), all);
  same('scatter', comm.scatter(rank === root ? wide : undefined, root, { into }), cut(root));
  same('alltoall', comm.alltoall(wide, { into: wideInto }), joined(cut));
  comm.barrier();
}
