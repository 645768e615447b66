import { UINT8, isTypedArrayCode } from '../elementType.ts';
import type { Turn } from '../group.ts';
import { STAGE_BYTES } from '../layout.ts';
import { bytesOf } from '../payload.ts';
import type { Payload } from '../payload.ts';
import { addReceived, addSent } from '../usage.ts';
import { arrayAt } from './place.ts';
import { inputOf, meet, outputOf, stageOf, typeOf } from './team.ts';
import type { Team } from './team.ts';

/** Up to here one more copy is cheaper than one more meeting. */
const DIRECT_BYTES = 8 * 1024;

/**
 * Broadcast inside a team. Shared data: everybody copies it from where it is, then meets again.
 * Private data passes through the root's stage, a chunk per meeting.
 */
export function bcastTogether(
  turn: Turn,
  team: Team,
  what: {
    /** Member that has the data. */
    readonly from: number;
    readonly mine: Payload | undefined;
    /** Where this rank wants it; by default in a new array. */
    readonly into: Payload | undefined;
  },
): Payload {
  const { endpoint } = team;
  const { from, mine } = what;
  const place = mine !== undefined && endpoint.arenaBuffers.has(mine.bytes.buffer);
  const input = place && mine.bytes.byteLength > DIRECT_BYTES ? mine.bytes.byteOffset : 0;
  const stage = (at: number): void => {
    if (mine === undefined || input !== 0) return;
    const part = mine.bytes.subarray(at, at + STAGE_BYTES);
    const address = stageOf(team, from, team.sequence + 1);
    endpoint.heapView(Uint8Array, address + part.byteLength).set(part, address);
  };
  const said = { input, output: mine?.bytes.byteLength ?? 0, type: mine?.type ?? 0 };
  stage(0);
  meet(turn, team, said);
  const total = outputOf(team, from);
  const direct = inputOf(team, from);
  const payload = mine ?? targetFor(team, { from, total, into: what.into });
  if (mine === undefined) addReceived(endpoint.usage, total);
  else addSent(endpoint.usage, total * (team.size - 1));
  const take = (at: number, address: number, bytes: number): void => {
    if (mine !== undefined) return;
    const source = arrayAt(endpoint, UINT8, { address, bytes });
    payload.bytes.set(source as Uint8Array, at);
  };
  if (direct !== 0) {
    take(0, direct, total);
    meet(turn, team, said);
    return payload;
  }
  for (let at = 0; at < total; at += STAGE_BYTES) {
    if (at > 0) meet(turn, team, said);
    if (at + STAGE_BYTES < total) stage(at + STAGE_BYTES);
    take(at, stageOf(team, from, team.sequence), Math.min(STAGE_BYTES, total - at));
  }
  return payload;
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
