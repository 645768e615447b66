import type { Call, CallWords, CollectiveName } from './call.ts';
import { callWords, callsAgree, describeCall, described, kindOf } from './call.ts';
import { typeName } from './elementType.ts';
import type { Endpoint } from './endpoint.ts';
import { isComplete, postReceive, receivedBytes, withdrawReceive } from './inbound.ts';
import type { Arrival, PendingReceive } from './inbound.ts';
import { callRecordWord } from './layout.ts';
import { hasLeft, startSend } from './outbound.ts';
import type { PendingSend } from './outbound.ts';
import type { Payload } from './payload.ts';
import { enterCollective, leaveCollective } from './segments.ts';
import type { Repeats } from './shared/repeat.ts';
import type { Team } from './shared/team.ts';
import { countCall } from './usage.ts';
import { argumentError, checkPoison, raise, waitFor } from './waiting.ts';

/**
 * A communicator's inside: its members and the messages of its collectives. Internal messages
 * have a context of their own, carry the epoch (how many collectives the group has made) and the
 * caller's signature, and arrive in order; so the next one from a member either belongs to this
 * call or proves a mismatch.
 */
export type Group = {
  readonly endpoint: Endpoint;
  readonly id: number;
  readonly rank: number;
  /** World rank of every member. */
  readonly members: readonly number[];
  epoch: number;
  /** The members of this part, once they have met (shared/team.ts). */
  team: Team | undefined;
  /** Calls that can be repeated quickly (shared/repeat.ts). */
  readonly repeats: Repeats;
  /** The same members for calls that go on in the background (background.ts). */
  background?: Group;
};

/** One collective call of this rank. */
export type Turn = {
  readonly group: Group;
  readonly name: CollectiveName;
  readonly words: CallWords;
  epoch: number;
};

export const pointContext = (group: Group): number => group.id * 2;
export const contextOf = (group: Group): number => group.id * 2 + 1;

export const worldRank = (group: Group, rank: number): number => group.members[rank] ?? -1;

/** Checks a root or peer. Errors: CommunicatorArgumentError. */
export function checkRank(group: Group, collective: string, argument: string, rank: number): void {
  if (Number.isInteger(rank) && rank >= 0 && rank < group.members.length) return;
  const rule = `ranks of this communicator are 0 to ${group.members.length - 1}`;
  throw argumentError(collective, argument, { value: rank, rule });
}

/** The communicator of all ranks, whose collectives divide the run into segments (segments.ts). */
export const WORLD = 0;
/** Some rank waits for others. A scan is a chain, in which ranks wait for those before only. */
const SYNCHRONISING: Partial<Record<CollectiveName, true>> = {
  barrier: true,
  bcast: true,
  reduce: true,
  allreduce: true,
  gather: true,
  gatherv: true,
  scatter: true,
  scatterv: true,
  allgather: true,
  allgatherv: true,
  alltoall: true,
  alltoallv: true,
  reduceScatter: true,
};
export const isSynchronising = (name: string): boolean => Object.hasOwn(SYNCHRONISING, name);

export function begin(group: Group, call: Call): Turn {
  checkPoison(group.endpoint, call.collective);
  const words = callWords(call);
  countCall(group.endpoint.usage, kindOf(words));
  if (group.id === WORLD && call.collective in SYNCHRONISING) enterCollective(group.endpoint);
  return { group, name: call.collective, words, epoch: nextEpoch(group) };
}

/** Messages carry it in a word, so it wraps around like one. */
function nextEpoch(group: Group): number {
  group.epoch = (group.epoch + 1) | 0;
  return group.epoch;
}

/** Begins the same call once more. */
export function beginAgain(turn: Turn): void {
  turn.epoch = nextEpoch(turn.group);
}

/** Tells the accounting, where the call's kernel does not. */
export function countAgain({ group, words }: Turn): void {
  countCall(group.endpoint.usage, kindOf(words));
  if (group.id === WORLD) enterCollective(group.endpoint);
}

/** All of the time in a collective of the world counts as such. */
export function left<T>(group: Group, result: T): T {
  if (group.id === WORLD) leaveCollective(group.endpoint);
  return result;
}

/** `ready`: how many bytes of the payload are there already, by default all. */
export function start(turn: Turn, to: number, payload: Payload, ready?: number): PendingSend {
  const envelope = {
    context: contextOf(turn.group),
    tag: turn.epoch,
    call: turn.words,
    type: payload.type,
  };
  const destination = worldRank(turn.group, to);
  return startSend(turn.group.endpoint, destination, { envelope, payload: payload.bytes, ready });
}

/** Sends and waits until the payload may be changed again. */
export const send = (turn: Turn, to: number, payload: Payload): void =>
  finish(turn, [start(turn, to, payload)]);

export function finish(turn: Turn, sends: readonly PendingSend[]): void {
  for (const pending of sends) {
    if (hasLeft(pending)) continue;
    waitFor(turn.group.endpoint, {
      ready: () => hasLeft(pending),
      needs: [pending.destination],
      lostWhen: 'one',
      what: turn.name,
      announce: () => announce(turn),
    });
  }
}

/**
 * The next message of this call from a member; straight into `into` when type and size fit.
 * Errors: CollectiveMismatchError, RankLostError and whatever poisons the attempt.
 */
export function receive(turn: Turn, from: number, into?: Payload): Arrival {
  return awaitReceive(turn, post(turn, from, into), into);
}

/** Asks for the next message before it is needed, so that it goes straight where it belongs. */
export function post(turn: Turn, from: number, into: Payload | undefined): PendingReceive {
  const pending = collectiveReceive(turn, from, { tag: -1, into });
  postReceive(turn.group.endpoint, pending);
  return pending;
}

/** Waits until so many bytes of a message have come, or all of it. */
export function awaitBytes(turn: Turn, pending: PendingReceive, bytes: number): void {
  const { group, name } = turn;
  try {
    waitFor(group.endpoint, {
      ready: () => receivedBytes(pending) >= bytes || isComplete(pending),
      needs: [pending.source],
      lostWhen: 'one',
      what: name,
      announce: () => announce(turn),
    });
  } catch (error) {
    withdrawReceive(group.endpoint, pending);
    throw error;
  }
}

export function awaitReceive(turn: Turn, pending: PendingReceive, into?: Payload): Arrival {
  awaitBytes(turn, pending, Number.POSITIVE_INFINITY);
  const arrival = checkArrival(turn, pending);
  if (into !== undefined && arrival.bytes !== into.bytes) settle(turn, arrival, into);
  return arrival;
}

/** A receive of this call's next message from a member. */
export const collectiveReceive = (
  turn: Turn,
  from: number,
  { tag, into }: { readonly tag: number; readonly into: Payload | undefined },
): PendingReceive => ({
  context: contextOf(turn.group),
  source: worldRank(turn.group, from),
  tag,
  into: into?.bytes,
  intoType: into?.type ?? -1,
  arrival: undefined,
});

/** The message that has come, if it belongs to this call. Errors: CollectiveMismatchError. */
export function checkArrival(turn: Turn, { arrival }: PendingReceive): Arrival {
  if (arrival === undefined) throw new Error('a complete receive has an arrival');
  if (arrival.tag !== turn.epoch || !callsAgree(turn.words, arrival.call)) {
    raiseMismatch(turn, arrival, arrival.call);
  }
  return arrival;
}

/** The message came before we asked, or does not fit what we asked for. */
function settle(turn: Turn, arrival: Arrival, into: Payload): void {
  const fits = arrival.type === into.type && arrival.length <= into.bytes.byteLength;
  if (!fits) raiseLength(turn, arrival, into.bytes.byteLength);
  into.bytes.set(arrival.bytes);
  arrival.bytes = into.bytes;
}

/** Checks that a member sent as many bytes as this rank's arguments promise. */
export function expectLength(turn: Turn, arrival: Arrival, bytes: number): void {
  if (arrival.length !== bytes) raiseLength(turn, arrival, bytes);
}

/** A member gave another amount than this rank's arguments promise. */
export function raiseSizes(
  turn: Turn,
  sizes: { readonly rank: number; readonly sent: number; readonly expected: number },
): never {
  const own = described(turn.words, turn.epoch);
  const calls = [
    { rank: turn.group.endpoint.rank, call: `${own} and expects ${sizes.expected} bytes` },
    { rank: sizes.rank, call: `${own} with ${sizes.sent} bytes` },
  ];
  raise(turn.group.endpoint, { kind: 'mismatch', calls }, turn.name);
}

function raiseLength(turn: Turn, arrival: Arrival, expected: number): never {
  const { group } = turn;
  const sent = `${describeCall(arrival.call)} and sent ${typeName(arrival.type)}`;
  raise(
    group.endpoint,
    {
      kind: 'mismatch',
      calls: [
        {
          rank: group.endpoint.rank,
          call: `${described(turn.words, turn.epoch)} and expects ${expected} bytes`,
        },
        { rank: arrival.source, call: `${sent} of ${arrival.length} bytes` },
      ],
    },
    turn.name,
  );
}

function raiseMismatch(turn: Turn, arrival: Arrival, words: CallWords): never {
  const { endpoint } = turn.group;
  const calls = [
    { rank: endpoint.rank, call: described(turn.words, turn.epoch) },
    { rank: arrival.source, call: described(words, arrival.tag) },
  ].sort((a, b) => a.rank - b.rank);
  raise(endpoint, { kind: 'mismatch', calls }, turn.name);
}

/** Writes this call where the host reads it, to be compared with what other ranks wait in. */
export function announce(turn: Turn): void {
  const { endpoint, id, members } = turn.group;
  const at = callRecordWord(endpoint.layout, endpoint.rank);
  const { words } = endpoint.memory;
  const record = [id, members[0] ?? 0, turn.epoch, ...turn.words];
  record.forEach((value, i) => Atomics.store(words, at + 1 + i, value));
  Atomics.add(words, at, 1);
  endpoint.wakeHost();
}
