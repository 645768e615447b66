import { UINT8, isTypedArrayCode } from '../elementType.ts';
import type { Turn } from '../group.ts';
import { bytesOf } from '../payload.ts';
import type { Payload } from '../payload.ts';
import { addReceived, addSent } from '../usage.ts';
import { INLINE_BYTES } from '../wasm/meetingLayout.ts';
import { tradeArguments } from '../wasm/tradeKernel.ts';
import { hold, meetingOf } from './meeting.ts';
import { arrayAt } from './place.ts';
import { inOneMeeting, inSteps } from './plan.ts';
import type { Plan } from './plan.ts';
import { CHUNK_BYTES } from './reduceTogether.ts';
import { inputOf, outputOf, resultStage, smallStages, stageOf, targetOf, typeOf } from './team.ts';
import type { Team } from './team.ts';

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
  planBcast(turn, team, what).run();

export function planBcast(turn: Turn, team: Team, what: Broadcast): Plan<Payload> {
  const known = what.mine ?? what.into;
  return known === undefined || known.bytes.byteLength > DIRECT_BYTES
    ? planLarge(turn, team, what)
    : planSmall(turn, team, what, known);
}

const shared = ({ endpoint }: Team, bytes: Uint8Array): number =>
  endpoint.arenaBuffers.has(bytes.buffer) ? bytes.byteOffset : 0;

const NOWHERE = 0;

function planSmall(turn: Turn, team: Team, what: Broadcast, known: Payload): Plan<Payload> {
  const { endpoint, size } = team;
  const { from, mine } = what;
  const bytes = known.bytes.byteLength;
  const place = shared(team, known.bytes);
  const { of, stride, step } = smallStages(team, bytes);
  const stage = of(from);
  const result = resultStage(team);
  const gives = mine !== undefined;
  const moved = tradeArguments({
    source: place,
    given: gives && place !== NOWHERE ? bytes : 0,
    stage,
    stride,
    target: place === NOWHERE ? result : place,
    from: stage,
    bytes,
    step,
    count: gives ? 0 : 1,
  });
  const meeting = meetingOf(turn, team, {
    said: gives ? { output: bytes, type: mine.type } : {},
    kernel: endpoint.kernels.trade,
    arguments: moved,
    sent: gives ? bytes * (size - 1) : 0,
    received: gives ? 0 : bytes,
  });
  const views = [stage, stage + stride, result].map((address) => viewAt(team, address, bytes));
  const lay = (): void => views[(team.sequence + 1) & 1]?.set(known.bytes);
  const take = (): void => known.bytes.set(views[2] as Uint8Array);
  return inOneMeeting(meeting, known, {
    before: gives && place === NOWHERE ? lay : undefined,
    after: !gives && place === NOWHERE ? take : undefined,
  });
}

const viewAt = ({ endpoint }: Team, address: number, bytes: number): Uint8Array =>
  arrayAt(endpoint, UINT8, { address, bytes }) as Uint8Array;

function planLarge(turn: Turn, team: Team, what: Broadcast): Plan<Payload> {
  const { endpoint } = team;
  const { from, mine, into } = what;
  const size = mine?.bytes.byteLength ?? 0;
  const place = mine === undefined ? NOWHERE : shared(team, mine.bytes);
  const input = size > DIRECT_BYTES ? place : NOWHERE;
  const target = into === undefined || mine !== undefined ? NOWHERE : shared(team, into.bytes);
  const said = { input, output: size, type: mine?.type ?? 0, target };
  const meeting = meetingOf(turn, team, { said });
  const stages = [0, 1].map((parity) => viewAt(team, stageOf(team, from, parity), CHUNK_BYTES));
  const stage = (at: number): void => {
    if (mine === undefined || input !== NOWHERE) return;
    stages[(team.sequence + 1) & 1]?.set(partOf(mine.bytes, at, at + CHUNK_BYTES));
  };
  return inSteps(() => {
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
    if (mine === undefined && total <= INLINE_BYTES) {
      const { of, stride } = smallStages(team, total);
      payload.bytes.set(viewAt(team, of(from) + (team.sequence & 1) * stride, total));
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
  });
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
