import { UINT8, isTypedArrayCode } from '../elementType.ts';
import type { Turn } from '../group.ts';
import { bytesOf } from '../payload.ts';
import type { Payload } from '../payload.ts';
import { addReceived, addSent } from '../usage.ts';
import { arrayAt } from './place.ts';
import { CHUNK_BYTES } from './reduceTogether.ts';
import { hold, inputOf, outputOf, plainMeeting, stageOf, targetOf, typeOf } from './team.ts';
import type { Meeting, Team } from './team.ts';

/** Up to here one more copy is cheaper than one more meeting. */
export const DIRECT_BYTES = 8 * 1024;
const SLICE_ALIGN = 64;

/**
 * Broadcast inside a team. Up to DIRECT_BYTES, and from private arrays, the data passes through
 * the root's stage, a chunk per meeting. Larger shared data is copied from where it is, between two
 * meetings: every rank copies a slice to everybody, or its own when somebody's array is private.
 */
export type Broadcast = {
  /** Member that has the data. */
  readonly from: number;
  readonly mine: Payload | undefined;
  /** Where this rank wants it; by default in a new array. */
  readonly into: Payload | undefined;
};

export const bcastTogether = (turn: Turn, team: Team, what: Broadcast): Payload =>
  planBcast(turn, team, what)();

export function planBcast(turn: Turn, team: Team, what: Broadcast): () => Payload {
  const known = what.mine ?? what.into;
  if (known === undefined || known.bytes.byteLength > DIRECT_BYTES) {
    return planLarge(turn, team, what);
  }
  return what.mine === undefined
    ? planTaking(turn, team, what, known)
    : planGiving(turn, team, known);
}

const shared = ({ endpoint }: Team, bytes: Uint8Array): number =>
  endpoint.arenaBuffers.has(bytes.buffer) ? bytes.byteOffset : 0;

const NOWHERE = 0;

/** The meeting in which `bytes` are copied from `source` to the stage, or from there to `target`. */
function tradeMeeting(
  turn: Turn,
  team: Team,
  trade: {
    readonly said: Partial<Meeting['said']>;
    readonly source: number;
    readonly target: number;
    readonly from: number;
    readonly bytes: number;
  },
): Meeting {
  const { endpoint, at, me, size } = team;
  const { polls, kernels } = endpoint;
  const { source, target, from, bytes, said } = trade;
  const own = [stageOf(team, me, 0), stageOf(team, me, 1)] as const;
  const theirs = [stageOf(team, from, 0), stageOf(team, from, 1)] as const;
  const gives = source === NOWHERE ? 0 : bytes;
  const takes = target === NOWHERE ? 0 : 1;
  const attempt = (sleepers: number): number => {
    const { sequence } = team;
    const stage = (sequence & 1) === 0 ? own[0] : own[1];
    const given = (sequence & 1) === 0 ? theirs[0] : theirs[1];
    const { signature } = turn;
    const { trade: kernel } = kernels;
    return kernel(
      at,
      me,
      size,
      sequence,
      signature,
      polls,
      sleepers,
      source,
      stage,
      gives,
      target,
      given,
      0,
      takes,
      bytes,
    );
  };
  return { ...plainMeeting(turn, team, said), attempt };
}

function planGiving(turn: Turn, team: Team, mine: Payload): () => Payload {
  const { endpoint, me, size } = team;
  const bytes = mine.bytes.byteLength;
  const source = shared(team, mine.bytes);
  const said = { output: bytes, type: mine.type };
  const meeting = tradeMeeting(turn, team, { said, source, target: NOWHERE, from: me, bytes });
  const stages = stageViews(team, me, bytes);
  return () => {
    addSent(endpoint.usage, bytes * (size - 1));
    if (source === NOWHERE) stages[(team.sequence + 1) & 1]?.set(mine.bytes);
    hold(meeting);
    return mine;
  };
}

function planTaking(turn: Turn, team: Team, { from }: Broadcast, into: Payload): () => Payload {
  const { endpoint } = team;
  const bytes = into.bytes.byteLength;
  const target = shared(team, into.bytes);
  const meeting = tradeMeeting(turn, team, { said: {}, source: NOWHERE, target, from, bytes });
  const stages = stageViews(team, from, bytes);
  return () => {
    addReceived(endpoint.usage, bytes);
    hold(meeting);
    if (target === NOWHERE) into.bytes.set(stages[team.sequence & 1] as Uint8Array);
    return into;
  };
}

const stageViews = (team: Team, member: number, bytes: number): Uint8Array[] =>
  [0, 1].map((parity) => {
    const address = stageOf(team, member, parity);
    return arrayAt(team.endpoint, UINT8, { address, bytes }) as Uint8Array;
  });

function planLarge(turn: Turn, team: Team, what: Broadcast): () => Payload {
  const { endpoint } = team;
  const { from, mine, into } = what;
  const size = mine?.bytes.byteLength ?? 0;
  const place = mine === undefined ? NOWHERE : shared(team, mine.bytes);
  const input = size > DIRECT_BYTES ? place : NOWHERE;
  const target = into === undefined || mine !== undefined ? NOWHERE : shared(team, into.bytes);
  const said = { input, output: size, type: mine?.type ?? 0, target };
  const meeting = plainMeeting(turn, team, said);
  const stages = stageViews(team, from, CHUNK_BYTES);
  const stage = (at: number): void => {
    if (mine === undefined || input !== NOWHERE) return;
    stages[(team.sequence + 1) & 1]?.set(partOf(mine.bytes, at, at + CHUNK_BYTES));
  };
  return () => {
    stage(0);
    hold(meeting);
    const total = outputOf(team, from);
    const direct = inputOf(team, from);
    const payload = mine ?? targetFor(team, { from, total, into });
    if (mine === undefined) addReceived(endpoint.usage, total);
    else addSent(endpoint.usage, total * (team.size - 1));
    if (direct !== NOWHERE) {
      const bytes = mine === undefined ? payload.bytes : undefined;
      copyDirectly(team, { from, direct, total, into: bytes });
      hold(meeting);
      return payload;
    }
    for (let at = 0; at < total; at += CHUNK_BYTES) {
      if (at > 0) hold(meeting);
      if (at + CHUNK_BYTES < total) stage(at + CHUNK_BYTES);
      const chunk = Math.min(CHUNK_BYTES, total - at);
      const staged = stages[team.sequence & 1] as Uint8Array;
      if (mine === undefined) payload.bytes.set(partOf(staged, 0, chunk), at);
    }
    return payload;
  };
}

const partOf = (bytes: Uint8Array, from: number, to: number): Uint8Array =>
  from === 0 && to >= bytes.length ? bytes : bytes.subarray(from, to);

function copyDirectly(
  team: Team,
  work: {
    readonly from: number;
    readonly direct: number;
    readonly total: number;
    /** Where this rank wants it, unless it has it. */
    readonly into: Uint8Array | undefined;
  },
): void {
  const { endpoint, size, me } = team;
  const { from, direct, total, into } = work;
  let everybody = true;
  for (let member = 0; member < size; member++) {
    everybody &&= member === from || targetOf(team, member) !== NOWHERE;
  }
  if (!everybody) {
    into?.set(arrayAt(endpoint, UINT8, { address: direct, bytes: total }) as Uint8Array);
    return;
  }
  const share = Math.ceil(total / size / SLICE_ALIGN) * SLICE_ALIGN;
  const low = Math.min(total, share * me);
  const bytes = Math.min(total, low + share) - low;
  for (let member = 0; member < size; member++) {
    if (member === from) continue;
    endpoint.kernels.copy(targetOf(team, member) + low, direct + low, bytes);
  }
}

function targetFor(
  team: Team,
  want: { readonly from: number; readonly total: number; readonly into: Payload | undefined },
): Payload {
  const type = typeOf(team, want.from);
  const { into, total } = want;
  if (into !== undefined && into.bytes.byteLength === total) return into;
  return { type, bytes: new Uint8Array(total) };
}

/** The bytes of an array in shared memory, as a payload. */
export function sharedPayload(
  team: Team,
  range: { readonly type: number; readonly address: number; readonly bytes: number },
): Payload {
  const array = arrayAt(team.endpoint, isTypedArrayCode(range.type) ? range.type : UINT8, range);
  return { type: range.type, bytes: bytesOf(array) };
}
