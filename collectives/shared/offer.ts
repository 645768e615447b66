import type { Turn } from '../group.ts';
import { raiseSizes } from '../group.ts';
import { STAGE_BYTES } from '../layout.ts';
import type { Payload } from '../payload.ts';
import { addReceived } from '../usage.ts';
import { DIRECT_BYTES, sharedPayload } from './bcastTogether.ts';
import { hold, meetingOf } from './meeting.ts';
import { inputOf, isLocal, outputOf, stageOf, teamOf } from './team.ts';
import type { Team } from './team.ts';

/**
 * Members lay out their data where the others can copy it: small data in their stage, shared arrays
 * as they are, larger private ones in their stage as long as they fit. Undefined when somebody's
 * data is private and too large: then all members know it and use messages.
 */
export type Offers = {
  readonly team: Team;
  /** Bytes [from, from + bytes) of what a member offered; the whole by default. */
  piece(member: number, range?: { readonly from: number; readonly bytes: number }): Payload;
  bytesOf(member: number): number;
  /** The run of what a member offered that it has cut off for this one (`cut`). */
  part(member: number, of: number): Payload;
  /** Errors: CollectiveMismatchError when a member offered another amount. */
  expect(member: number, bytes: number | undefined): void;
  /** Nobody's data may change before everybody has copied it. */
  release(): void;
};

/** What a member says instead of the address of its data. */
export const IN_STAGE = 0;
export const WITHHELD = 1;

/** Where a member's offer of the last meeting lies; in stages behind `table` bytes. */
export function offeredAt(team: Team, member: number, table = 0): number {
  const input = inputOf(team, member);
  return input === IN_STAGE ? stageOf(team, member, team.sequence) + table : input;
}

/** What to say about an offer: where it is, or what becomes of it. */
export function offerWord({ endpoint }: Team, bytes: Uint8Array, table = 0): number {
  if (bytes.byteLength <= DIRECT_BYTES) return IN_STAGE;
  if (endpoint.arenaBuffers.has(bytes.buffer)) return bytes.byteOffset;
  return bytes.byteLength <= STAGE_BYTES - table ? IN_STAGE : WITHHELD;
}

/** Whether this communicator meets in shared memory alone. */
export const sharesMemory = (turn: Turn): boolean =>
  turn.group.members.length > 1 && isLocal(turn.group);

/**
 * `only`: the member whose offer counts; by default everybody's. `cut`: offers are cut into a run for
 * every member; `at` tells where ours begin, and where the last ends. A table of that lies in the stage.
 */
export function offer(
  turn: Turn,
  own: Payload | undefined,
  options: {
    readonly type: number;
    readonly only?: number;
    readonly cut?: { readonly at: readonly number[] | undefined };
  },
): Offers | undefined {
  const team = teamOf(turn);
  const table = options.cut === undefined ? 0 : Math.ceil((team.size + 1) / 16) * 64;
  const input = own === undefined ? WITHHELD : offerWord(team, own.bytes, table);
  if (own !== undefined && input === IN_STAGE) stage(team, own.bytes, table);
  if (options.cut?.at !== undefined) {
    const to = stageOf(team, team.me, team.sequence + 1);
    team.endpoint.heapView(Uint32Array, to + table).set(options.cut.at, to / 4);
  }
  const said = { input, output: own?.bytes.byteLength ?? 0, type: own?.type ?? 0 };
  const meeting = meetingOf(turn, team, { said });
  hold(meeting);
  const counted = options.only === undefined ? team.ranks.map((_, i) => i) : [options.only];
  const inputs = counted.map((member) => inputOf(team, member));
  if (inputs.includes(WITHHELD)) return undefined;
  const { sequence } = team;
  const bytesOf = (member: number): number => outputOf(team, member);
  const piece: Offers['piece'] = (member, range = { from: 0, bytes: bytesOf(member) }) => {
    if (member !== team.me) addReceived(team.endpoint.usage, range.bytes);
    const address = offeredAt(team, member, table) + range.from;
    return sharedPayload(team, { type: options.type, address, bytes: range.bytes });
  };
  return {
    team,
    bytesOf,
    piece,
    part: (member, of) => {
      const at = stageOf(team, member, team.sequence);
      const cuts = team.endpoint.heapView(Uint32Array, at + table);
      const [from = 0, to = 0] = [cuts[at / 4 + of], cuts[at / 4 + of + 1]];
      return piece(member, { from, bytes: to - from });
    },
    expect: (member, bytes) => {
      if (bytes === undefined || bytes === bytesOf(member)) return;
      raiseSizes(turn, { rank: team.ranks[member] ?? -1, sent: bytesOf(member), expected: bytes });
    },
    release: () => {
      if (team.sequence !== sequence) throw new Error('an offer ends before the next meeting');
      if (inputs.some((word) => word !== IN_STAGE)) hold(meeting);
    },
  };
}

function stage(team: Team, bytes: Uint8Array, table: number): void {
  const { endpoint } = team;
  const address = stageOf(team, team.me, team.sequence + 1) + table;
  endpoint.heapView(Uint8Array, address + bytes.byteLength).set(bytes, address);
}
