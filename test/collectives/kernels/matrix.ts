import type { BuiltinOperator, Communicator, TypedArray } from '../../../collectives/kernel.ts';
import { EXAMPLES, IN_PLACE, TYPES } from './examples.ts';
import type { ArrayType, Case, Drawn } from './examples.ts';
import { generator } from './generator.ts';
import { sameArrays } from './pattern.ts';

/**
 * Every collective x type x operator x sizes around every switch of algorithm, each with a random root,
 * kind of buffers and communicator, against a serial reference. All ranks draw the same cases
 * from the seed; `share` of them are made.
 */
export type MatrixParams = { readonly seed: number; readonly share: number };
export type MatrixOutcome = { readonly cases: number; readonly wrong: readonly string[] };

const REDUCING = ['allreduce', 'iallreduce', 'reduce', 'scan', 'scanExclusive', 'reduceScatter'];
const MOVING = ['bcast', 'gather', 'scatter', 'allgather', 'alltoall'];
const UNEVEN = ['gatherv', 'scatterv', 'allgatherv', 'alltoallv', 'sendrecv', 'barrier'];

/** Bytes around which another algorithm begins: lines, stages, frames, messages, windows. */
const SMALL = [0, 8, 16, 128, 2048, 8192, 16_384];
const LARGE = [65_408, 65_536, 262_144, 524_288, 1 << 20];

const isFloat = (type: ArrayType): boolean => type === Float64Array || type === Float32Array;

function operatorsOf(type: ArrayType): BuiltinOperator[] {
  const bitwise: BuiltinOperator[] = ['bitwiseAnd', 'bitwiseOr', 'bitwiseXor'];
  const others: BuiltinOperator[] = ['sum', 'product', 'min', 'max', 'minloc', 'maxloc'];
  const logical: BuiltinOperator[] = ['logicalAnd', 'logicalOr', 'logicalXor'];
  return [...others, ...logical, ...(isFloat(type) ? [] : bitwise)];
}

/** At a size, and one element to each side of it. */
const around = (bytes: number, width: number): number[] =>
  [-1, 0, 1].map((step) => Math.max(0, Math.floor(bytes / width) + step));

/** Every type, operator and collective, at five sizes each (moves: nine) out of all, in turn. */
function* allCases(first: number): Generator<Case> {
  let turn = first;
  for (const type of TYPES as readonly ArrayType[]) {
    const width = type.BYTES_PER_ELEMENT;
    const sizesOf = (list: readonly number[]): number[] => [
      ...new Set(list.flatMap((bytes) => around(bytes, width))),
    ];
    const [small, large] = [sizesOf(SMALL), sizesOf(LARGE)];
    const some = (count: number, list: readonly number[]): number[] =>
      Array.from({ length: count }, (_, i) => list[(turn + i * 5) % list.length] ?? 0);
    const both = (count: number): number[] => {
      turn += 1;
      return [...some(count - 1, small), ...some(count >> 2, large)];
    };
    for (const operator of operatorsOf(type)) {
      for (const name of REDUCING) {
        for (const length of both(5)) yield { name, type, operator, length };
      }
    }
    for (const name of [...MOVING, ...UNEVEN]) {
      for (const length of both(8)) yield { name, type, operator: 'sum', length };
    }
  }
}

const COMMUNICATORS = 6;

export function matrix(world: Communicator, { seed, share }: MatrixParams): MatrixOutcome {
  const random = generator(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const arena = new Arena(world);
  const communicators = communicatorsOf(world, below);
  const wrong: string[] = [];
  let cases = 0;
  for (const each of allCases(seed)) {
    const made = random() < share;
    const [comm, ranks] = communicators[below(COMMUNICATORS)] ?? [world, worldRanks(world)];
    const drawn = {
      root: Math.floor(random() * world.size) % (ranks.length || 1),
      salt: below(1000),
      shared: random() < 0.5,
      into: (['new', 'given', 'same'] as const)[below(3)] ?? 'new',
    };
    if (!made || comm === undefined) continue;
    cases += 1;
    arena.clear();
    const fault = check(each, { ...drawn, root: drawn.root % comm.size, comm, ranks }, arena);
    if (fault !== undefined) wrong.push(`${each.name} ${each.operator} ${fault}`);
    if (wrong.length > 10) break;
  }
  return { cases, wrong };
}

const worldRanks = (world: Communicator): number[] =>
  Array.from({ length: world.size }, (_, rank) => rank);

type Member = readonly [comm: Communicator | undefined, ranks: readonly number[]];

/** The world, its node, a copy, and random splits, in some of which some ranks are not. */
function communicatorsOf(world: Communicator, below: (limit: number) => number): Member[] {
  const ranks = worldRanks(world);
  const mine = world.parts[world.rank];
  const node = ranks.filter((rank) => world.parts[rank] === mine);
  const members: Member[] = [
    [world, ranks],
    [world.node, node],
    [world.dup(), ranks],
  ];
  while (members.length < COMMUNICATORS) {
    const colors = ranks.map(() => below(3));
    const keys = ranks.map(() => below(100));
    const color = colors[world.rank] ?? 0;
    const comm = world.split(color === 2 ? undefined : color, keys[world.rank] ?? 0);
    const same = ranks.filter((rank) => colors[rank] === color);
    members.push([comm, same.sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0) || a - b)]);
  }
  return members;
}

/** Shared memory is given back at the job's end only, so one piece of it is used again and again. */
class Arena {
  readonly #bytes: Uint8Array;
  #used = 0;
  constructor(comm: Communicator) {
    this.#bytes = comm.alloc(Uint8Array, ARENA_BYTES);
  }
  clear(): void {
    this.#used = 0;
  }
  copyOf(array: TypedArray): TypedArray {
    const type = array.constructor as ArrayType;
    const at = this.#bytes.byteOffset + this.#used;
    this.#used += Math.ceil((array.byteLength + 8) / 64) * 64;
    if (this.#used > ARENA_BYTES) return array;
    const copy: TypedArray = new type(this.#bytes.buffer, at, array.length);
    copy.set(array as never);
    return copy;
  }
}
const ARENA_BYTES = 24 * 2 ** 20;

/** What is wrong about one case, if anything. */
function check(each: Case, drawn: Drawn, arena: Arena): string | undefined {
  const { comm, shared, into } = drawn;
  const place = (array: TypedArray): TypedArray => (shared ? arena.copyOf(array) : array);
  const work = EXAMPLES[each.name];
  if (work === undefined) return 'there is no such collective';
  const { data, expected, call } = work(each, drawn);
  const given = data && place(data);
  const before = given?.slice();
  const inPlace = into === 'same' && expected?.length === given?.length && each.name in IN_PLACE;
  const wanted = into !== 'new' && expected !== undefined && each.name !== 'bcast';
  const target = wanted ? new each.type(expected.length) : undefined;
  const result = inPlace ? given : target && place(target);
  const got = call(given, result && { into: result });
  const about = (): string =>
    `${each.type.name}[${each.length}] ranks ${drawn.ranks.join(' ')} root ${drawn.root} ` +
    `${shared ? 'shared' : 'private'} ${inPlace ? 'in place' : into} on ${comm.rank}`;
  if (expected === undefined) return got === undefined ? undefined : `${about()}: a result`;
  if (!sameArrays(got, expected)) return `${about()}: ${differenceOf(got, expected)}`;
  if (result !== undefined && !sameArrays(result, expected))
    return `${about()}: into is not filled`;
  const unchanged =
    inPlace || each.name === 'bcast' || !given || !before || sameArrays(given, before);
  return unchanged ? undefined : `${about()}: the argument was changed`;
}

function differenceOf(got: unknown, expected: TypedArray): string {
  if (!ArrayBuffer.isView(got)) return `no array but ${String(got)}`;
  const array = got as TypedArray;
  const at = array.findIndex((value: unknown, i: number) => value !== expected[i]);
  return `${array.length} elements for ${expected.length}; [${at}] is ${array[at]}, not ${expected[at]}`;
}
