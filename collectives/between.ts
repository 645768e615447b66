import { spread } from './bcast.ts';
import { typeCodeOf } from './elementType.ts';
import type { TypedArray } from './elementType.ts';
import { awaitReceive, expectLength, finish, post, receive, start } from './group.ts';
import type { Turn } from './group.ts';
import { isComplete } from './inbound.ts';
import type { PendingReceive } from './inbound.ts';
import { allocate } from './memory.ts';
import { combine, payloadOfOperand, receivedOperand } from './operand.ts';
import type { Operand } from './operand.ts';
import type { Operator } from './operators.ts';
import type { PendingSend } from './outbound.ts';
import { bytesOf } from './payload.ts';
import type { Payload } from './payload.ts';
import { foldToFirst } from './reduce.ts';
import { fold } from './shared/fold.ts';
import { arrayAt, copyIn, copyOut, placeOf } from './shared/place.ts';
import { stageOf } from './shared/team.ts';
import { FRAME_PAYLOAD_MAXIMUM } from './transport/frame.ts';
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
/** With its header, a segment fills a frame. */
const SEGMENT_BYTES = FRAME_PAYLOAD_MAXIMUM - 64;
const SLOT_BYTES = FRAME_PAYLOAD_MAXIMUM;
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

/** Chunk i of n as segments; all ranks cut alike. */
function cut(vector: TypedArray, chunk: number, chunks: number): TypedArray[] {
  const width = vector.BYTES_PER_ELEMENT;
  const share = (Math.ceil(vector.byteLength / chunks / SLICE_ALIGN) * SLICE_ALIGN) / width;
  const step = SEGMENT_BYTES / width;
  const low = Math.min(vector.length, share * chunk);
  const high = Math.min(vector.length, low + share);
  const segments: TypedArray[] = [];
  for (let at = low; at < high; at += step) {
    segments.push(vector.subarray(at, Math.min(high, at + step)));
  }
  return segments;
}

/** A segment that comes along the ring: to be added to ours, or to replace it. */
type Coming = { readonly segment: TypedArray; readonly adds: boolean; readonly passes: boolean };

function comingSegments(turn: Turn, vector: TypedArray): Coming[] {
  const { rank, members } = turn.group;
  const size = members.length;
  const coming: Coming[] = [];
  for (let step = 0; step < 2 * (size - 1); step++) {
    const adds = step < size - 1;
    const chunk = adds ? rank - step - 1 : rank - (step - size + 1);
    const passes = step < 2 * (size - 1) - 1;
    for (const segment of cut(vector, (chunk + 2 * size) % size, size)) {
      coming.push({ segment, adds, passes });
    }
  }
  return coming;
}

function ring(
  turn: Turn,
  team: Team,
  { operator, vector }: { readonly operator: Operator<never>; readonly vector: TypedArray },
): void {
  const { rank, members } = turn.group;
  const size = members.length;
  const before = (rank - 1 + size) % size;
  const type = typeCodeOf(vector);
  const sends: PendingSend[] = [];
  const waiting = cut(vector, rank, size);
  let passed = 0;
  const passOne = (): void => {
    const segment = waiting[passed++];
    if (segment === undefined) return;
    sends.push(start(turn, (rank + 1) % size, { type, bytes: bytesOf(segment) }));
  };
  const coming = comingSegments(turn, vector);
  const scratch = scratchOf(team);
  const posted: { readonly pending: PendingReceive; readonly into: Payload }[] = [];
  const ask = (i: number): void => {
    const next = coming[i];
    if (next === undefined) return;
    const address = scratch + (i % SLOTS) * SLOT_BYTES;
    const bytes = next.adds
      ? arrayAt(team.endpoint, type, { address, bytes: next.segment.byteLength })
      : next.segment;
    const into = { type, bytes: bytesOf(bytes) };
    posted.push({ pending: post(turn, before, into), into });
  };
  for (let i = 0; i < SLOTS; i++) ask(i);
  for (const [i, { segment, adds, passes }] of coming.entries()) {
    const asked = posted[i];
    if (asked === undefined) throw new Error('a segment is asked for before it is awaited');
    // What has come is reduced before more is sent: else it piles up.
    while (passed < waiting.length && !isComplete(asked.pending)) passOne();
    expectLength(turn, awaitReceive(turn, asked.pending, asked.into), segment.byteLength);
    if (adds) {
      const address = scratch + (i % SLOTS) * SLOT_BYTES;
      addTo(turn, team, { operator, type, segment, address });
    }
    if (passes) waiting.push(segment);
    ask(i + SLOTS);
  }
  while (passed < waiting.length) passOne();
  finish(turn, sends);
}

const SLOTS = 16;

/** Where segments arrive; each rank that has been a head keeps its own. */
function scratchOf(team: Team): number {
  const { endpoint } = team;
  endpoint.ringScratch ||= allocate(endpoint.memory, SLOTS * SLOT_BYTES) ?? 0;
  if (endpoint.ringScratch !== 0) return endpoint.ringScratch;
  throw new RangeError('the shared memory of the node is used up');
}

/** segment = (what came) op segment. Only heads come here: both of their stages are free. */
function addTo(
  turn: Turn,
  team: Team,
  work: {
    readonly operator: Operator<never>;
    readonly type: number;
    readonly segment: TypedArray;
    /** Where the other one came. */
    readonly address: number;
  },
): void {
  const { operator, type, segment, address } = work;
  const { endpoint } = team;
  const place = placeOf(endpoint, segment);
  const ours = place || stageOf(team, team.me, team.sequence);
  if (place === 0) copyIn(endpoint, ours, segment);
  const inputs = [address, ours];
  fold(turn, team, { operator, type, bytes: segment.byteLength, inputs, outputs: [ours] });
  if (place === 0) copyOut(endpoint, segment, ours);
}
