import type { Turn } from '../group.ts';
import { raiseSizes } from '../group.ts';
import { STAGE_BYTES } from '../layout.ts';
import type { Payload } from '../payload.ts';
import { addReceived } from '../usage.ts';
import { sharedPayload } from './bcastTogether.ts';
import { inputOf, isLocal, meet, outputOf, stageOf, teamOf } from './team.ts';
import type { Team } from './team.ts';

/**
 * Members lay out their data where the others can copy it: shared arrays as they are, small
 * private ones in their stage. Undefined when somebody's data is private and large: then all
 * members know it and use messages.
 */
export type Offers = {
  readonly team: Team;
  /** Bytes [from, from + bytes) of what a member offered; the whole by default. */
  piece(member: number, range?: { readonly from: number; readonly bytes: number }): Payload;
  bytesOf(member: number): number;
  /** Errors: CollectiveMismatchError when a member offered another amount. */
  expect(member: number, bytes: number | undefined): void;
  /** Nobody's data may change before everybody has copied it. */
  release(): void;
};

/** Whether this communicator meets in shared memory alone. */
export const sharesMemory = (turn: Turn): boolean =>
  turn.group.members.length > 1 && isLocal(turn.group);

/** `only`: the member whose offer counts; by default everybody's. */
export function offer(
  turn: Turn,
  own: Payload | undefined,
  options: { readonly type: number; readonly only?: number },
): Offers | undefined {
  const team = teamOf(turn);
  const input = own === undefined ? 0 : layOut(team, own.bytes);
  meet(turn, team, { input, output: own?.bytes.byteLength ?? 0, type: own?.type ?? 0 });
  const counted = options.only === undefined ? team.ranks.map((_, i) => i) : [options.only];
  const addresses = counted.map((member) => inputOf(team, member));
  if (addresses.includes(0)) return undefined;
  const staged = counted.every(
    (member, i) => addresses[i] === stageOf(team, member, team.sequence),
  );
  const { sequence } = team;
  const bytesOf = (member: number): number => outputOf(team, member);
  return {
    team,
    bytesOf,
    piece: (member, range = { from: 0, bytes: bytesOf(member) }) => {
      if (member !== team.me) addReceived(team.endpoint.usage, range.bytes);
      const address = inputOf(team, member) + range.from;
      return sharedPayload(team, { type: options.type, address, bytes: range.bytes });
    },
    expect: (member, bytes) => {
      if (bytes === undefined || bytes === bytesOf(member)) return;
      raiseSizes(turn, { rank: team.ranks[member] ?? -1, sent: bytesOf(member), expected: bytes });
    },
    release: () => {
      if (team.sequence !== sequence) throw new Error('an offer ends before the next meeting');
      if (!staged) meet(turn, team);
    },
  };
}

function layOut(team: Team, bytes: Uint8Array): number {
  const { endpoint } = team;
  if (endpoint.arenaBuffers.has(bytes.buffer)) return bytes.byteOffset;
  if (bytes.byteLength > STAGE_BYTES) return 0;
  const address = stageOf(team, team.me, team.sequence + 1);
  endpoint.heapView(Uint8Array, address + bytes.byteLength).set(bytes, address);
  return address;
}
