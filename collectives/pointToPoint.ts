import { COLLECTIVES, NO_ROOT, callWords } from './call.ts';
import type { CollectiveName } from './call.ts';
import { isTypedArray, typeCodeOf } from './elementType.ts';
import type { TypedArray } from './elementType.ts';
import { checkRank, pointContext, worldRank } from './group.ts';
import type { Group } from './group.ts';
import { ANY, isComplete, postReceive, withdrawReceive } from './inbound.ts';
import type { PendingReceive } from './inbound.ts';
import { hasLeft, startSend } from './outbound.ts';
import type { PendingSend } from './outbound.ts';
import { bytesOf, checkAttached, payloadOf, valueOf } from './payload.ts';
import { countCall } from './usage.ts';
import { argumentError, checkPoison, waitFor } from './waiting.ts';

/** Sends and receives between two ranks of a communicator, with tags. */

export type Message<T> = {
  readonly value: T;
  readonly source: number;
  readonly tag: number;
};

/** A send or receive under way. */
export type Request<T> = {
  /** Blocks until the operation is complete; then the buffer may be used again. */
  wait(): T;
  /** Moves data without blocking; whether `wait` would return at once. */
  test(): boolean;
};

const TAG_MAXIMUM = 2 ** 31 - 1;

function checkTag(collective: string, tag: number, lowest: number): void {
  if (Number.isInteger(tag) && tag >= lowest && tag <= TAG_MAXIMUM) return;
  const rule = `tags are whole numbers from ${lowest} to 2^31 - 1`;
  throw argumentError(collective, 'tag', { value: tag, rule });
}

const SEND = COLLECTIVES.indexOf('send');
const RECEIVE = COLLECTIVES.indexOf('recv');

export type SendArguments = {
  readonly value: unknown;
  readonly destination: number;
  readonly tag: number;
};

export function isend(group: Group, args: SendArguments, name: CollectiveName): Request<void> {
  const { value, destination, tag } = args;
  checkRank(group, name, 'destination', destination);
  checkTag(name, tag, 0);
  const { type, bytes } = payloadOf(name, value);
  checkPoison(group.endpoint, name);
  countCall(group.endpoint.usage, SEND);
  const call = { collective: 'send', type, operator: 'none', count: 0, root: NO_ROOT } as const;
  const envelope = { context: pointContext(group), tag, call: callWords(call), type };
  const to = worldRank(group, destination);
  const pending = startSend(group.endpoint, to, { envelope, payload: bytes });
  return {
    wait: () => waitSent(group, pending, name),
    test: () => advance(group, () => hasLeft(pending), name),
  };
}

function waitSent(group: Group, pending: PendingSend, name: CollectiveName): void {
  if (hasLeft(pending)) return;
  waitFor(group.endpoint, {
    ready: () => hasLeft(pending),
    needs: [pending.destination],
    lostWhen: 'one',
    what: name,
  });
}

export type ReceiveArguments = {
  /** A rank of the communicator, or -1 for any. */
  readonly source: number;
  /** A tag, or -1 for any. */
  readonly tag: number;
  readonly into: TypedArray | undefined;
};

export function irecv(
  group: Group,
  args: ReceiveArguments,
  name: CollectiveName,
): Request<Message<unknown>> {
  const { source, tag, into } = args;
  if (source !== ANY) checkRank(group, name, 'source', source);
  checkTag(name, tag, -1);
  if (into !== undefined) checkAttached(name, 'into', into);
  checkPoison(group.endpoint, name);
  countCall(group.endpoint.usage, RECEIVE);
  const pending: PendingReceive = {
    context: pointContext(group),
    source: source === ANY ? ANY : worldRank(group, source),
    tag,
    into: into && bytesOf(into),
    intoType: into === undefined ? -1 : typeCodeOf(into),
    arrival: undefined,
  };
  postReceive(group.endpoint, pending);
  return {
    wait: () => waitReceived(group, { pending, into, name }),
    test: () => advance(group, () => isComplete(pending), name),
  };
}

type Receiving = {
  readonly pending: PendingReceive;
  readonly into: TypedArray | undefined;
  readonly name: CollectiveName;
};

function waitReceived(group: Group, receiving: Receiving): Message<unknown> {
  const { pending, into, name } = receiving;
  const anybody = pending.source === ANY;
  try {
    waitFor(group.endpoint, {
      ready: () => isComplete(pending),
      needs: anybody ? group.members : [pending.source],
      lostWhen: anybody ? 'all' : 'one',
      what: name,
    });
  } catch (error) {
    withdrawReceive(group.endpoint, pending);
    throw error;
  }
  const { arrival } = pending;
  if (arrival === undefined) throw new Error('a complete receive has an arrival');
  const source = group.members.indexOf(arrival.source);
  const { tag, type, length } = arrival;
  if (into === undefined) return { value: valueOf(type, arrival.bytes), source, tag };
  if (type !== pending.intoType || length > into.byteLength) {
    const rule = `rank ${source} sent ${length} bytes of ${describedType(type)}, which do not fit`;
    throw argumentError(name, 'into', { value: into, rule });
  }
  if (arrival.bytes !== pending.into) bytesOf(into).set(arrival.bytes);
  const elements = length / into.BYTES_PER_ELEMENT;
  const value = elements === into.length ? into : into.subarray(0, elements);
  return { value, source, tag };
}

function describedType(type: number): string {
  const sample = type >= 1 && type <= 11 ? valueOf(type, new Uint8Array(0)) : undefined;
  return isTypedArray(sample) ? sample.constructor.name : 'a structured value';
}

function advance(group: Group, done: () => boolean, what: string): boolean {
  waitFor(group.endpoint, { ready: () => true, needs: [], lostWhen: 'one', what });
  return done();
}
