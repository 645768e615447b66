import type { BuiltinOperator, Communicator, TypedArray } from '../../../collectives/kernel.ts';
import { expectEqual, inputOf, reference, sizesFor } from './reference.ts';
import type { Complaints, ElementType } from './reference.ts';

/** Every collective x type x operator x size x root against a serial reference. */
export function everyCollective(comm: Communicator, of: readonly ElementType[]): string[] {
  const wrong: string[] = [];
  const few = comm.size > 3 || comm.node.size < comm.size;
  const types = few ? of.slice(0, 5) : of;
  for (const [index, type] of types.entries()) {
    for (const length of sizesFor(index, few)) {
      const work: Work = { comm, type, length, wrong };
      moves(work);
      uneven(work);
      for (const operator of operatorsFor(type, few)) reductions(work, operator);
    }
  }
  values(comm, wrong);
  communicators(comm, wrong);
  return wrong;
}

type Work = {
  readonly comm: Communicator;
  readonly type: ElementType;
  readonly length: number;
  readonly wrong: Complaints;
};

/** All of them where that is quick, else one of each kind. */
function operatorsFor(type: ElementType, few: boolean): BuiltinOperator[] {
  const float = type === Float64Array || type === Float32Array;
  const bitwise: BuiltinOperator[] = float ? [] : ['bitwiseAnd', 'bitwiseOr', 'bitwiseXor'];
  if (few) return ['sum', 'min', 'maxloc', 'logicalXor', ...bitwise.slice(0, 1)];
  return [
    'sum',
    'product',
    'min',
    'max',
    'minloc',
    'maxloc',
    'logicalAnd',
    'logicalOr',
    'logicalXor',
    ...bitwise,
  ];
}

const all = ({ comm, type, length }: Work, scale = 1): TypedArray[] =>
  Array.from({ length: comm.size }, (_, rank) => inputOf(type, length * scale, rank));

function joined(type: ElementType, pieces: readonly TypedArray[]): TypedArray {
  const whole = new type(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece as never, at);
    at += piece.length;
  }
  return whole;
}

function moves(work: Work): void {
  const { comm, type, length, wrong } = work;
  const { rank, size } = comm;
  const inputs = all(work);
  const mine = inputs[rank] as TypedArray;
  for (const root of new Set([0, size - 1])) {
    const got = comm.bcast(rank === root ? mine : undefined, root);
    expectEqual(wrong, `bcast ${type.name}[${length}] root ${root}`, got, inputs[root]);
    const filled = rank === root ? mine.slice() : new type(length);
    comm.bcast(filled, root);
    expectEqual(wrong, `bcast into ${type.name}[${length}]`, filled, inputs[root]);
    const gathered = comm.gather(mine, root);
    const whole = rank === root ? joined(type, inputs) : undefined;
    expectEqual(wrong, `gather ${type.name}[${length}] root ${root}`, gathered, whole);
    const wide = inputOf(type, length * size, root);
    const piece = comm.scatter(rank === root ? wide : undefined, root);
    const expected = wide.slice(rank * length, (rank + 1) * length);
    expectEqual(wrong, `scatter ${type.name}[${length}] root ${root}`, piece, expected);
  }
  expectEqual(wrong, `allgather ${type.name}`, comm.allgather(mine), joined(type, inputs));
  const out = comm.alltoall(inputOf(type, length * size, rank));
  const pieces = all(work, size).map((array) => array.slice(rank * length, (rank + 1) * length));
  expectEqual(wrong, `alltoall ${type.name}[${length}]`, out, joined(type, pieces));
  comm.barrier();
}

function uneven(work: Work): void {
  const { comm, type, length, wrong } = work;
  const { rank, size } = comm;
  const counts = Array.from({ length: size }, (_, r) => (r === 1 ? 0 : length + r));
  const inputs = counts.map((count, r) => inputOf(type, count, r));
  const mine = inputs[rank] as TypedArray;
  const whole = joined(type, inputs);
  const root = size - 1;
  const gathered = comm.gatherv(mine, root, { counts });
  expectEqual(wrong, `gatherv ${type.name}`, gathered, rank === root ? whole : undefined);
  expectEqual(wrong, `allgatherv ${type.name}`, comm.allgatherv(mine), whole);
  const piece = comm.scatterv(rank === root ? whole : undefined, counts, root);
  expectEqual(wrong, `scatterv ${type.name}`, piece, mine);
  const sent = (from: number, to: number): number => (from + 2 * to + length) % 5;
  const row = (from: number): TypedArray[] =>
    counts.map((_, to) => inputOf(type, sent(from, to), from * 10 + to));
  const out = comm.alltoallv(
    joined(type, row(rank)),
    counts.map((_, to) => sent(rank, to)),
  );
  const column = counts.map((_, from) => row(from)[rank] as TypedArray);
  expectEqual(wrong, `alltoallv ${type.name}`, out, joined(type, column));
}

function reductions(work: Work, operator: BuiltinOperator): void {
  const { comm, type, length, wrong } = work;
  if (operator.endsWith('loc') && length % 2 !== 0) return;
  const { rank, size } = comm;
  const name = `${operator} ${type.name}[${length}]`;
  const inputs = all(work);
  const mine = inputs[rank] as TypedArray;
  const before = mine.slice();
  const total = reference(operator, inputs);
  expectEqual(wrong, `allreduce ${name}`, comm.allreduce(mine, operator as never), total);
  expectEqual(wrong, `allreduce ${name} changed its input`, mine, before);
  const place = mine.slice();
  comm.allreduce(place, operator as never, { into: place as never });
  expectEqual(wrong, `allreduce in place ${name}`, place, total);
  const root = size - 1;
  const reduced = comm.reduce(mine, operator as never, { root });
  expectEqual(wrong, `reduce ${name}`, reduced, rank === root ? total : undefined);
  const prefix = reference(operator, inputs.slice(0, rank + 1));
  expectEqual(wrong, `scan ${name}`, comm.scan(mine, operator as never), prefix);
  const earlier = rank === 0 ? undefined : reference(operator, inputs.slice(0, rank));
  const exclusive = comm.scanExclusive(mine, operator as never);
  expectEqual(wrong, `scanExclusive ${name}`, exclusive, earlier);
  if (operator.endsWith('loc')) return;
  const wide = all(work, size);
  const piece = comm.reduceScatter(wide[rank] as TypedArray, operator as never);
  const expected = reference(operator, wide).slice(rank * length, (rank + 1) * length);
  expectEqual(wrong, `reduceScatter ${name}`, piece, expected);
}

function values(comm: Communicator, wrong: Complaints): void {
  const { rank, size } = comm;
  const ranks = Array.from({ length: size }, (_, r) => r);
  const sum = (size * (size - 1)) / 2;
  const root = size - 1;
  const object = { text: 'añ', map: new Map([[1, 2n]]), data: new Float32Array([1, 2]) };
  expectEqual(wrong, 'bcast value', comm.bcast(rank === root ? object : undefined, root), object);
  const strings = comm.gather(`r${rank}`, root);
  const named = ranks.map((r) => `r${r}`);
  expectEqual(wrong, 'gather values', strings, rank === root ? named : undefined);
  expectEqual(
    wrong,
    'allgather values',
    comm.allgather({ rank }),
    ranks.map((r) => ({ rank: r })),
  );
  expectEqual(
    wrong,
    'scatter values',
    comm.scatter(rank === root ? named : undefined, root),
    `r${rank}`,
  );
  const rows = comm.alltoall(ranks.map((to) => `${rank}>${to}`));
  expectEqual(
    wrong,
    'alltoall values',
    rows,
    ranks.map((from) => `${from}>${rank}`),
  );
  expectEqual(wrong, 'number', comm.allreduce(rank, 'sum'), sum);
  expectEqual(wrong, 'bigint', comm.allreduce(2n ** 70n, 'sum'), 2n ** 70n * BigInt(size));
  expectEqual(wrong, 'boolean', comm.allreduce(rank === 0, 'logicalOr'), true);
  const where = comm.allreduce(rank === root ? -1 : rank, 'minloc');
  expectEqual(wrong, 'minloc number', where, { value: -1, index: root });
  const withNaN = comm.allreduce(rank === 0 && size > 1 ? NaN : rank, 'maxloc');
  expectEqual(wrong, 'maxloc with NaN', withNaN, { value: root, index: root });
  const text = comm.reduce(`${rank}`, (a, b) => a + b);
  expectEqual(wrong, 'reduce function', text, rank === 0 ? ranks.join('') : undefined);
  const scanned = comm.scan(`${rank}`, (a, b) => a + b);
  expectEqual(wrong, 'scan function', scanned, ranks.slice(0, rank + 1).join(''));
  const affine = comm.allreduce(Float64Array.of(rank + 1, 2), (a, b) => a * 2 + b);
  expectEqual(wrong, 'function on elements has', affine.length, 2);
}

function communicators(comm: Communicator, wrong: Complaints): void {
  const { rank, size } = comm;
  const half = comm.split(rank % 2, -rank);
  const members = Array.from({ length: size }, (_, r) => r).filter((r) => r % 2 === rank % 2);
  expectEqual(wrong, 'split order', half.allgather(rank), members.toReversed());
  const copy = comm.dup();
  expectEqual(wrong, 'dup', copy.allreduce(1, 'sum'), size);
  const alone = comm.split(rank === 0 ? 0 : undefined);
  expectEqual(wrong, 'split undefined', alone?.size, rank === 0 ? 1 : undefined);
  const here = comm.parts[rank];
  const local = comm.parts.flatMap((part, r) => (part === here ? [r] : []));
  expectEqual(wrong, 'node', comm.node.allgather(rank), local);
  expectEqual(wrong, 'node of node', comm.node.node.allreduce(1, 'sum'), local.length);
  const again = half.split(0);
  expectEqual(wrong, 'split of split', again.allreduce(rank, 'max'), Math.max(...members));
  const first = comm.iallreduce(rank, 'sum');
  const second = comm.iallreduce(Float64Array.of(rank, 1), 'max');
  comm.send('between', (rank + 1) % size, 3);
  expectEqual(wrong, 'between', comm.recv({ tag: 3 }).value, 'between');
  expectEqual(wrong, 'second background', second.wait(), Float64Array.of(size - 1, 1));
  expectEqual(wrong, 'first background', first.wait(), (size * (size - 1)) / 2);
  expectEqual(wrong, 'explain', comm.explain().ranks, size);
  const shared = comm.alloc(Float64Array, 1000).fill(rank + 1);
  comm.allreduce(shared, 'sum', { into: shared });
  expectEqual(wrong, 'alloc', shared[999], (size * (size + 1)) / 2);
  sharedArrays(comm, wrong);
}

/** The paths that read and write shared arrays where they lie. */
function sharedArrays(comm: Communicator, wrong: Complaints): void {
  const { rank, size } = comm;
  for (const length of [4, 3000, 60_000]) {
    const data = comm.alloc(Float64Array, length).fill(rank);
    const wide = comm.alloc(Float64Array, length * size).fill(rank);
    const blocks = comm.alloc(Float64Array, length * size);
    const ends = (array: Float64Array): number[] => [array[0] ?? NaN, array.at(-1) ?? NaN];
    expectEqual(wrong, 'shared allgather', ends(comm.allgather(data, { into: blocks })), [
      0,
      size - 1,
    ]);
    expectEqual(wrong, 'shared alltoall', ends(comm.alltoall(wide, { into: blocks })), [
      0,
      size - 1,
    ]);
    const piece = comm.scatter(rank === 0 ? blocks : undefined, 0);
    expectEqual(wrong, 'shared scatter', ends(piece), [rank, rank]);
    const gathered = comm.gather(data, size - 1);
    const expected = rank === size - 1 ? [0, size - 1] : undefined;
    expectEqual(wrong, 'shared gather', gathered && ends(gathered), expected);
    for (let i = 0; i < 3; i++) {
      const total = comm.allreduce(data, 'max', { into: wide.subarray(0, length) });
      expectEqual(wrong, 'shared allreduce', ends(total), [size - 1, size - 1]);
    }
    comm.bcast(data, size - 1);
    expectEqual(wrong, 'shared bcast', ends(data), [size - 1, size - 1]);
    const again = { into: comm.alloc(Float64Array, length) };
    for (let i = 1; i <= 3; i++) {
      data.fill(rank + i);
      const total = comm.allreduce(data, 'sum', again);
      const sum = (size * (size - 1)) / 2 + i * size;
      expectEqual(wrong, 'repeated allreduce', ends(total), [sum, sum]);
      expectEqual(wrong, 'repeated number', comm.allreduce(rank + i, 'sum'), sum);
    }
  }
}
