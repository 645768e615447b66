import { spread } from './bcast.ts';
import { typeCodeOf } from './elementType.ts';
import type { TypedArray } from './elementType.ts';
import { expectLength, finish, receive, start } from './group.ts';
import type { Turn } from './group.ts';
import { combine, payloadOfOperand, receivedOperand } from './operand.ts';
import type { Operand } from './operand.ts';
import type { Operator } from './operators.ts';
import type { PendingSend } from './outbound.ts';
import { bytesOf } from './payload.ts';
import { foldToFirst } from './reduce.ts';
import { fold } from './shared/fold.ts';
import { arrayAt, copyIn, copyOut, placeOf } from './shared/place.ts';
import { stageOf } from './shared/team.ts';
import type { Team } from './shared/team.ts';

/**
 * Allreduce among ranks of different parts, by messages, on an operand that already owns its
 * data. The order of operations depends on the ranks alone.
 *
 *   tree               reduce to the first, broadcast: 2 ceil(log2 n) steps; any operator
 *   recursiveDoubling  log2 n exchanges of everything, n a power of two; few bytes
 *   ring               n - 1 steps of reduce-scatter, n - 1 of allgather, 2 (n - 1) / n of the
 *                      bytes on the wire, in segments that are passed on as soon as they are done
 */
export type BetweenAlgorithm = 'tree' | 'recursiveDoubling' | 'ring';

export const DOUBLING_BYTES = 16 * 1024;
const SEGMENT_BYTES = 128 * 1024;
const SLICE_ALIGN = 64;

export function chooseBetween(
  heads: number,
  bytes: number | undefined,
  operator: Operator<never>,
): BetweenAlgorithm {
  if (bytes === undefined) return 'tree';
  if (bytes <= DOUBLING_BYTES) return (heads & (heads - 1)) === 0 ? 'recursiveDoubling' : 'tree';
  return typeof operator === 'string' ? 'ring' : 'tree';
}

/** `team`: where this part keeps its stages. */
export function reduceBetween(
  turn: Turn,
  team: Team,
  work: { readonly operator: Operator<never>; readonly operand: Operand },
): void {
  const { operator, operand } = work;
  const algorithm = chooseBetween(turn.group.members.length, operand.vector?.byteLength, operator);
  if (algorithm === 'recursiveDoubling') doubling(turn, team, work);
  else if (algorithm === 'ring' && operand.vector !== undefined) {
    ring(turn, team, { operator, vector: operand.vector });
  } else tree(turn, operator, operand);
}

function tree(turn: Turn, operator: Operator<never>, operand: Operand): void {
  foldToFirst(turn, operator, operand);
  if (turn.group.rank === 0) {
    spread(turn, { root: 0, mine: payloadOfOperand(turn.name, operand) });
    return;
  }
  const into = operand.vector && payloadOfOperand(turn.name, operand);
  const payload = spread(turn, { root: 0, into });
  if (operand.vector === undefined) operand.value = receivedOperand(operand, payload).value;
}

function doubling(
  turn: Turn,
  team: Team,
  { operator, operand }: { readonly operator: Operator<never>; readonly operand: Operand },
): void {
  const { rank, members } = turn.group;
  const { vector } = operand;
  if (vector === undefined) return;
  const type = typeCodeOf(vector);
  const address = stageOf(team, team.me, team.sequence + 1);
  const theirs = arrayAt(team.endpoint, type, { address, bytes: vector.byteLength });
  const into = { type, bytes: bytesOf(theirs) };
  const other: Operand = { ...operand, source: theirs, vector: theirs };
  for (let mask = 1; mask < members.length; mask *= 2) {
    const peer = rank ^ mask;
    const sent = start(turn, peer, payloadOfOperand(turn.name, operand));
    expectLength(turn, receive(turn, peer, into), vector.byteLength);
    finish(turn, [sent]);
    const [left, right] = rank < peer ? [operand, other] : [other, operand];
    combine(turn, operator, { target: operand, left, right });
  }
}

type Segments = {
  readonly vector: TypedArray;
  /** Elements [from, to) of chunk i, cut into segments. */
  segmentsOf(chunk: number): readonly TypedArray[];
};

function cut(vector: TypedArray, chunks: number): Segments {
  const width = vector.BYTES_PER_ELEMENT;
  const share = (Math.ceil(vector.byteLength / chunks / SLICE_ALIGN) * SLICE_ALIGN) / width;
  const step = SEGMENT_BYTES / width;
  const segmentsOf = (chunk: number): TypedArray[] => {
    const low = Math.min(vector.length, share * chunk);
    const high = Math.min(vector.length, low + share);
    const segments: TypedArray[] = [];
    for (let at = low; at < high; at += step) {
      segments.push(vector.subarray(at, Math.min(high, at + step)));
    }
    return segments;
  };
  return { vector, segmentsOf };
}

function ring(
  turn: Turn,
  team: Team,
  { operator, vector }: { readonly operator: Operator<never>; readonly vector: TypedArray },
): void {
  const { rank, members } = turn.group;
  const size = members.length;
  const next = (rank + 1) % size;
  const before = (rank - 1 + size) % size;
  const { segmentsOf } = cut(vector, size);
  const sends: PendingSend[] = [];
  const pass = (segment: TypedArray): void => {
    sends.push(start(turn, next, { type: typeCodeOf(segment), bytes: bytesOf(segment) }));
  };
  const add = adder(turn, team, operator);
  segmentsOf(rank).forEach(pass);
  for (let step = 0; step < size - 1; step++) {
    for (const segment of segmentsOf((rank - step - 1 + size) % size)) {
      add(segment, before);
      pass(segment);
    }
  }
  for (let step = 0; step < size - 1; step++) {
    for (const segment of segmentsOf((rank - step + size) % size)) {
      const into = { type: typeCodeOf(segment), bytes: bytesOf(segment) };
      expectLength(turn, receive(turn, before, into), segment.byteLength);
      if (step < size - 2) pass(segment);
    }
  }
  finish(turn, sends);
}

/** Receives a segment into a stage and combines it with ours: (what came) op (ours). */
function adder(
  turn: Turn,
  team: Team,
  operator: Operator<never>,
): (segment: TypedArray, from: number) => void {
  const { endpoint } = team;
  const address = stageOf(team, team.me, team.sequence + 1);
  const half = address + SEGMENT_BYTES;
  return (segment, from) => {
    const type = typeCodeOf(segment);
    const bytes = segment.byteLength;
    const came = arrayAt(endpoint, type, { address, bytes });
    expectLength(turn, receive(turn, from, { type, bytes: bytesOf(came) }), bytes);
    const place = placeOf(endpoint, segment);
    const ours = place || half;
    if (place === 0) copyIn(endpoint, half, segment);
    fold(turn, team, { operator, type, bytes, inputs: [address, ours], outputs: [ours] });
    if (place === 0) copyOut(endpoint, segment, half);
  };
}
