import type {
  BuiltinOperator,
  Communicator,
  TypedArray,
  TypedArrayConstructor,
} from '../../../collectives/kernel.ts';
import { patternOf, reducedPattern } from './pattern.ts';

/** For every collective: what this rank gives, what it must get, and the call. */
export const TYPES = [
  Float64Array,
  Float32Array,
  Int32Array,
  Uint32Array,
  Int16Array,
  Uint16Array,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  BigInt64Array,
  BigUint64Array,
] as const;
export type ArrayType = (typeof TYPES)[number] & TypedArrayConstructor;

export type Case = {
  readonly name: string;
  readonly type: ArrayType;
  readonly operator: BuiltinOperator;
  readonly length: number;
};

/** Drawn for a case: the same on every rank. */
export type Drawn = {
  readonly comm: Communicator;
  /** World ranks of the communicator. */
  readonly ranks: readonly number[];
  readonly root: number;
  readonly salt: number;
  /** Where data and results lie. */
  readonly shared: boolean;
  readonly into: 'new' | 'given' | 'same';
};

/** Collectives whose result may lie where the argument is. */
export const IN_PLACE = {
  allreduce: 0,
  iallreduce: 0,
  reduce: 0,
  scan: 0,
  scanExclusive: 0,
};

type Example = {
  readonly data: TypedArray | undefined;
  /** Undefined where this rank gets nothing. */
  readonly expected: TypedArray | undefined;
  call(data: TypedArray | undefined, options: { into: TypedArray } | undefined): unknown;
};

function joined(type: ArrayType, pieces: readonly TypedArray[]): TypedArray {
  const whole: TypedArray = new type(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece as never, at);
    at += piece.length;
  }
  return whole;
}

const give = ({ type }: Case, { salt, ranks }: Drawn, rank: number, length: number): TypedArray =>
  patternOf(type, length, { rank: ranks[rank] ?? 0, salt });

export const EXAMPLES: Record<string, (each: Case, drawn: Drawn) => Example> = {
  allreduce: (each, drawn) => ({
    ...reduction(each, drawn, drawn.ranks),
    call: (data, options) => drawn.comm.allreduce(data, each.operator as never, options as never),
  }),
  iallreduce: (each, drawn) => ({
    ...reduction(each, drawn, drawn.ranks),
    call: (data, options) =>
      drawn.comm.iallreduce(data, each.operator as never, options as never).wait(),
  }),
  reduce: (each, drawn) => {
    const { data, expected } = reduction(each, drawn, drawn.ranks);
    return {
      data,
      expected: drawn.comm.rank === drawn.root ? expected : undefined,
      call: (given, options) =>
        drawn.comm.reduce(given, each.operator as never, { root: drawn.root, ...options } as never),
    };
  },
  scan: (each, drawn) => ({
    ...reduction(each, drawn, drawn.ranks.slice(0, drawn.comm.rank + 1)),
    call: (data, options) => drawn.comm.scan(data, each.operator as never, options as never),
  }),
  scanExclusive: (each, drawn) => {
    const earlier = drawn.ranks.slice(0, drawn.comm.rank);
    const { data, expected } = reduction(each, drawn, earlier.length > 0 ? earlier : drawn.ranks);
    return {
      data,
      expected: earlier.length > 0 ? expected : undefined,
      call: (given, options) =>
        drawn.comm.scanExclusive(given, each.operator as never, options as never),
    };
  },
  reduceScatter: (each, drawn) => {
    const { comm, ranks, salt } = drawn;
    // A piece of it per rank, so that all of it has about the case's length; whole pairs.
    const share = 2 * Math.ceil(each.length / comm.size / 2);
    const { type, operator } = each;
    const whole = reducedPattern(type, share * comm.size, { ranks, salt, operator });
    return {
      data: give(each, drawn, comm.rank, share * comm.size),
      expected: whole.slice(share * comm.rank, share * (comm.rank + 1)),
      call: (data, options) =>
        comm.reduceScatter(data as TypedArray, operator as never, options as never),
    };
  },
  bcast: (each, drawn) => {
    const { comm, root } = drawn;
    const mine = give(each, drawn, root, each.length);
    const data: TypedArray = comm.rank === root ? mine : new each.type(each.length);
    return { data, expected: mine, call: (array) => comm.bcast(array, root) };
  },
  gather: (each, drawn) => {
    const { comm, root } = drawn;
    return {
      data: give(each, drawn, comm.rank, each.length),
      expected: comm.rank === root ? gathered(each, drawn, () => each.length) : undefined,
      call: (data, options) => comm.gather(data as TypedArray, root, options as never),
    };
  },
  allgather: (each, drawn) => ({
    data: give(each, drawn, drawn.comm.rank, each.length),
    expected: gathered(each, drawn, () => each.length),
    call: (data, options) => drawn.comm.allgather(data as TypedArray, options as never),
  }),
  scatter: (each, drawn) => {
    const { comm, root } = drawn;
    const whole = give(each, drawn, root, each.length * comm.size);
    return {
      data: comm.rank === root ? whole : undefined,
      expected: whole.slice(each.length * comm.rank, each.length * (comm.rank + 1)),
      call: (data, options) => comm.scatter(data, root, options as never),
    };
  },
  alltoall: (each, drawn) => {
    const { comm } = drawn;
    const share = Math.ceil(each.length / comm.size);
    const [low, high] = [share * comm.rank, share * (comm.rank + 1)];
    const pieces = drawn.ranks.map((_, rank) =>
      give(each, drawn, rank, share * comm.size).slice(low, high),
    );
    return {
      data: give(each, drawn, comm.rank, share * comm.size),
      expected: joined(each.type, pieces),
      call: (data, options) => comm.alltoall(data as TypedArray, options as never),
    };
  },
  gatherv: (each, drawn) => {
    const { comm, root } = drawn;
    const count = unevenly(each, drawn);
    return {
      data: give(each, drawn, comm.rank, count(comm.rank)),
      expected: comm.rank === root ? gathered(each, drawn, count) : undefined,
      call: (data, options) => comm.gatherv(data as TypedArray, root, options as never),
    };
  },
  allgatherv: (each, drawn) => {
    const count = unevenly(each, drawn);
    return {
      data: give(each, drawn, drawn.comm.rank, count(drawn.comm.rank)),
      expected: gathered(each, drawn, count),
      call: (data, options) => drawn.comm.allgatherv(data as TypedArray, options as never),
    };
  },
  scatterv: (each, drawn) => {
    const { comm, root } = drawn;
    const counts = drawn.ranks.map((_, rank) => unevenly(each, drawn)(rank));
    const whole = gathered(each, drawn, (rank) => counts[rank] ?? 0);
    const before = counts.slice(0, comm.rank).reduce((sum, count) => sum + count, 0);
    return {
      data: comm.rank === root ? whole : undefined,
      expected: whole.slice(before, before + (counts[comm.rank] ?? 0)),
      call: (data, options) =>
        comm.scatterv(data, comm.rank === root ? counts : undefined, root, options as never),
    };
  },
  alltoallv: (each, drawn) => {
    const { comm, ranks } = drawn;
    const count = (from: number, to: number): number =>
      Math.floor((each.length * ((from * 3 + to * 5 + drawn.salt) % 4)) / comm.size / 3);
    const row = (from: number): TypedArray[] =>
      ranks.map((_, to) =>
        patternOf(each.type, count(from, to), { rank: from * 31 + to, salt: drawn.salt }),
      );
    const counts = ranks.map((_, to) => count(comm.rank, to));
    return {
      data: joined(each.type, row(comm.rank)),
      expected: joined(
        each.type,
        ranks.map((_, from) => row(from)[comm.rank] as TypedArray),
      ),
      call: (data, options) => comm.alltoallv(data as TypedArray, counts, options as never),
    };
  },
  sendrecv: (each, drawn) => {
    const { comm, root } = drawn;
    const destination = (comm.rank + root) % comm.size;
    const source = (comm.rank - root + comm.size) % comm.size;
    return {
      data: give(each, drawn, comm.rank, each.length),
      expected: give(each, drawn, source, each.length),
      call: (data, options) =>
        comm.sendrecv(data, { destination, source, tag: 3, sendTag: 3, ...options } as never).value,
    };
  },
  barrier: (_, { comm }) => ({
    data: undefined,
    expected: undefined,
    call: () => comm.barrier(),
  }),
};

/** Whole pairs for minloc and maxloc. */
function reduction(
  each: Case,
  drawn: Drawn,
  ranks: readonly number[],
): { readonly data: TypedArray; readonly expected: TypedArray } {
  const { type, operator } = each;
  const length = operator.endsWith('loc') ? each.length & ~1 : each.length;
  const expected = reducedPattern(type, length, { ranks, salt: drawn.salt, operator });
  return { data: give(each, drawn, drawn.comm.rank, length), expected };
}

const gathered = (each: Case, drawn: Drawn, count: (rank: number) => number): TypedArray =>
  joined(
    each.type,
    drawn.ranks.map((_, rank) => give(each, drawn, rank, count(rank))),
  );

/** Nothing from some, more from others. */
const unevenly =
  (each: Case, { salt, ranks }: Drawn) =>
  (rank: number): number =>
    Math.floor((each.length * ((rank * 7 + salt) % 4)) / ranks.length);
