import { typeCodeOf } from './elementType.ts';
import type { TypedArray } from './elementType.ts';
import {
  awaitBytes,
  awaitReceive,
  checkArrival,
  expectLength,
  finish,
  post,
  start,
} from './group.ts';
import type { Turn } from './group.ts';
import { receivedBytes } from './inbound.ts';
import type { PendingReceive } from './inbound.ts';
import { allocate } from './memory.ts';
import type { Operator } from './operators.ts';
import type { PendingSend } from './outbound.ts';
import { bytesOf } from './payload.ts';
import type { Payload } from './payload.ts';
import { fold } from './shared/fold.ts';
import { arrayAt, copyIn, copyOut, placeOf } from './shared/place.ts';
import { stageOf } from './shared/team.ts';
import type { Team } from './shared/team.ts';

/**
 * Allreduce of many bytes. What has come of a message is reduced, and passed on, while the rest of it is
 * on its way, so that both directions of a connection are busy all the time. The first
 * reduction of a chunk reads the source and writes the result, so nothing is copied beforehand.
 *
 *   around a ring  n - 1 steps of reduce-scatter, then n - 1 of allgather, 2 (n - 1) / n of the bytes
 *                  on the wire
 *   in a pair      each sends all that it has and reduces all that comes: as many bytes on the wire as
 *                  around a ring of two, without a step that waits for another; twice the reducing
 */
export type RingWork = {
  readonly operator: Operator<never>;
  readonly source: TypedArray;
  /** May be the source itself, but not overlap with it otherwise. */
  readonly vector: TypedArray;
};

const MESSAGE_BYTES = 512 * 1024;
/** Messages that are asked for before they come, so that they go straight where they belong. */
const SLOTS = 4;
/** What is reduced and passed on at once: it is in the cache still. */
const GRAIN_BYTES = 64 * 1024;
const SLICE_ALIGN = 64;

/** Elements [from, to) of source and result that come in one message: to be added to ours, or to replace it. */
type Coming = {
  readonly from: number;
  readonly to: number;
  readonly adds: boolean;
  readonly passes: boolean;
};

/** What a rank sends of its own, what comes to it from the rank before, and which of the two is the left operand. */
type Route = {
  readonly own: readonly Coming[];
  readonly coming: readonly Coming[];
  readonly cameFirst: boolean;
};

function ringRoute(turn: Turn, vector: TypedArray): Route {
  const size = turn.group.members.length;
  const steps = Array.from({ length: 2 * (size - 1) }, (_, step) => step);
  return {
    // As a step that comes from nowhere: our own chunk begins its way.
    own: comingMessages(turn, vector, size - 1),
    coming: steps.flatMap((step) => comingMessages(turn, vector, step)),
    cameFirst: true,
  };
}

function pairRoute(turn: Turn, vector: TypedArray): Route {
  const all = messagesOf(vector, { from: 0, to: vector.length, adds: true, passes: false });
  return { own: all, coming: all, cameFirst: turn.group.rank === 1 };
}

/** What comes in a step of the ring. All ranks cut alike. */
function comingMessages(turn: Turn, vector: TypedArray, step: number): Coming[] {
  const { rank, members } = turn.group;
  const size = members.length;
  const adds = step < size - 1;
  const chunk = (adds ? rank - step - 1 + size : rank - (step - size + 1) + size) % size;
  const passes = step < 2 * (size - 1) - 1;
  const width = vector.BYTES_PER_ELEMENT;
  const share = (Math.ceil(vector.byteLength / size / SLICE_ALIGN) * SLICE_ALIGN) / width;
  const from = Math.min(vector.length, share * chunk);
  const to = Math.min(vector.length, share * (chunk + 1));
  return messagesOf(vector, { from, to, adds, passes });
}

function messagesOf(vector: TypedArray, all: Coming): Coming[] {
  const most = MESSAGE_BYTES / vector.BYTES_PER_ELEMENT;
  const messages: Coming[] = [];
  for (let { from } = all; from < all.to; from += most) {
    messages.push({ ...all, from, to: Math.min(all.to, from + most) });
  }
  return messages;
}

export const reduceAroundRing = (turn: Turn, team: Team, work: RingWork): void =>
  reduceAlong(turn, team, { ...work, ...ringRoute(turn, work.vector) });

export const reduceInPair = (turn: Turn, team: Team, work: RingWork): void =>
  reduceAlong(turn, team, { ...work, ...pairRoute(turn, work.vector) });

function reduceAlong(turn: Turn, team: Team, work: RingWork & Route): void {
  const { source, vector, own, coming } = work;
  const { rank, members } = turn.group;
  const size = members.length;
  const width = vector.BYTES_PER_ELEMENT;
  const type = typeCodeOf(vector);
  const sends: PendingSend[] = [];
  const pass = (array: TypedArray, ready?: number): PendingSend => {
    const send = start(turn, (rank + 1) % size, { type, bytes: bytesOf(array) }, ready);
    sends.push(send);
    return send;
  };
  const scratch = scratchOf(team);
  const asked: Asked[] = [];
  const ask = (i: number): void => {
    const next = coming[i];
    if (next === undefined) return;
    const { from, to, adds } = next;
    const place = { address: scratch + (i % SLOTS) * MESSAGE_BYTES, bytes: (to - from) * width };
    const array = adds ? arrayAt(team.endpoint, type, place) : vector.subarray(from, to);
    const into = { type, bytes: bytesOf(array) };
    asked.push({ pending: post(turn, (rank - 1 + size) % size, into), into, ...place });
  };
  for (let i = 0; i < SLOTS; i++) ask(i);
  for (const { from, to } of own) pass(source.subarray(from, to));
  // In a pair, what is reduced in place may not have left yet.
  const leaving = own === coming && source === vector ? sends.slice() : [];
  for (const [i, message] of coming.entries()) {
    const next = asked[i];
    if (next === undefined) throw new Error('a message is asked for before it is awaited');
    const passed = message.passes ? pass(vector.subarray(message.from, message.to), 0) : undefined;
    takeMessage(turn, next, (from, to) => {
      const elements = { from: message.from + from / width, to: message.from + to / width };
      const before = leaving[i];
      if (before) finish(turn, [before]);
      if (message.adds) addTo(turn, team, { ...work, ...elements, address: next.address + from });
      if (passed) passed.ready = to;
    });
    ask(i + SLOTS);
  }
  finish(turn, sends);
}

type Asked = {
  readonly pending: PendingReceive;
  readonly into: Payload;
  /** Where it comes if it is to be added. */
  readonly address: number;
  readonly bytes: number;
};

/** Hands over bytes [from, to) of a message as they come. Errors: CollectiveMismatchError. */
function takeMessage(
  turn: Turn,
  { pending, into, bytes }: Asked,
  take: (from: number, to: number) => void,
): void {
  for (let done = 0; done < bytes; ) {
    const wanted = Math.min(bytes, done + GRAIN_BYTES);
    if (receivedBytes(pending) < wanted) awaitBytes(turn, pending, wanted);
    expectLength(turn, checkArrival(turn, pending), bytes);
    // What was not expected lies elsewhere: then all of it is awaited.
    if (pending.arrival?.bytes !== into.bytes) awaitReceive(turn, pending, into);
    take(done, wanted);
    done = wanted;
  }
}

/** Where messages arrive that are added to ours; each rank that has been a head keeps its own. */
function scratchOf(team: Team): number {
  const { endpoint } = team;
  endpoint.ringScratch ||= allocate(endpoint.memory, SLOTS * MESSAGE_BYTES) ?? 0;
  if (endpoint.ringScratch !== 0) return endpoint.ringScratch;
  throw new RangeError('the shared memory of the node is used up');
}

type Addition = RingWork &
  Pick<Route, 'cameFirst'> & {
    readonly from: number;
    readonly to: number;
    /** Where the other one came. */
    readonly address: number;
  };

/** Result = (what came) op source, or the other way round. Only heads come here: both of their stages are free. */
function addTo(turn: Turn, team: Team, work: Addition): void {
  const { operator, source, vector, from, to, address, cameFirst } = work;
  const { endpoint } = team;
  const type = typeCodeOf(vector);
  const ours = source.subarray(from, to);
  const result = vector.subarray(from, to);
  const stage = stageOf(team, team.me, team.sequence);
  const given = placeOf(endpoint, ours) || stage;
  const output = placeOf(endpoint, result) || stage;
  if (given === stage) copyIn(endpoint, stage, ours);
  const bytes = result.byteLength;
  const inputs = cameFirst ? [address, given] : [given, address];
  fold(turn, team, { operator, type, bytes, inputs, outputs: [output] });
  if (output === stage) copyOut(endpoint, result, stage);
}
