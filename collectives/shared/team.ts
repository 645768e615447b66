import type { CallWords } from '../call.ts';
import type { Endpoint } from '../endpoint.ts';
import { receive, send } from '../group.ts';
import type { Group, Turn } from '../group.ts';
import { BLOCK_NOTES, MEMBER_STRIDE, PARITY_STRIDE, WORD_SLEEPERS } from '../layout.ts';
import { blockOf, teamBytes, teamStage } from '../layout.ts';
import { allocate } from '../memory.ts';
import { payloadOf, valueOf } from '../payload.ts';
import { trafficAddress } from '../usage.ts';
import { argumentError } from '../waiting.ts';
import { DESK, INLINE_BYTES, LINE, LINE_BYTES, RECORDS } from '../wasm/meetingLayout.ts';
import { deskOf, meetingBytes } from '../wasm/meetingLayout.ts';

/**
 * The members of a communicator that share memory. A meeting (meeting.ts) has a sequence
 * number; everyone writes its arguments and the number into its own line and waits for all
 * lines. Lines and stages alternate by the number's parity: what is written before meeting k may
 * be read until the reader arrives at k + 1, and is overwritten only after meeting k + 1.
 */
export type Team = {
  readonly endpoint: Endpoint;
  /** Index of this rank among the members, and their world ranks. */
  readonly me: number;
  readonly ranks: readonly number[];
  readonly size: number;
  readonly at: number;
  /** The lines, desks and records, from `at` on. */
  readonly words: Int32Array;
  /** Address of this rank's desk, and whose arguments its records hold. */
  readonly desk: number;
  readonly records: unknown[];
  /** Of the last meeting. */
  readonly sequence: number;
};

/** As much of a stage is used by calls of one meeting. */
export const SMALL_STAGE_BYTES = 16 * 1024;

/** Argument words of a line. */
const WORD_CALL = LINE.said / 4;
const WORD_INPUT = WORD_CALL + 3;
const WORD_OUTPUT = WORD_CALL + 4;
const WORD_TYPE = WORD_CALL + 5;
const WORD_TARGET = WORD_CALL + 6;

/** The team of a group; the first call agrees on the memory. Undefined: no memory is left. */
export function teamOf(turn: Turn): Team {
  const { group } = turn;
  group.team ??= group.id === 0 ? worldTeam(group) : foundTeam(turn);
  return group.team;
}

const localMembers = ({ endpoint, members }: Group): number[] => {
  const { partOfRank, part } = endpoint.layout;
  return members.filter((member) => partOfRank[member] === part);
};

/** Whether the whole group shares one memory. */
export const isLocal = (group: Group): boolean =>
  group.team === undefined
    ? localMembers(group).length === group.members.length
    : group.team.size === group.members.length;

/** Of all ranks of this part. */
export function worldTeam(group: Group): Team {
  const { endpoint } = group;
  const ranks = endpoint.layout.localRanks;
  const { worldTeam: at } = endpoint.layout;
  return newTeam(endpoint, { me: endpoint.local, ranks, at });
}

/** The first local member reserves the memory and tells the others where it is. */
function foundTeam(turn: Turn): Team {
  const { group } = turn;
  const { endpoint } = group;
  const ranks = localMembers(group);
  const me = ranks.indexOf(endpoint.rank);
  const memberOf = (index: number): number => group.members.indexOf(ranks[index] ?? -1);
  let at: number | undefined;
  if (me === 0) {
    at = allocate(endpoint.memory, teamBytes(ranks.length));
    for (let to = 1; to < ranks.length; to++) {
      send(turn, memberOf(to), payloadOf(turn.name, at ?? -1));
    }
  } else {
    const arrival = receive(turn, memberOf(0));
    const told = valueOf(arrival.type, arrival.bytes);
    at = typeof told === 'number' && told >= 0 ? told : undefined;
  }
  if (at === undefined) {
    const rule = 'the 4 GiB of shared memory of a node are used up';
    throw argumentError(turn.name, 'communicator', { value: group.id, rule });
  }
  return newTeam(endpoint, { me, ranks, at });
}

function newTeam(endpoint: Endpoint, of: Pick<Team, 'me' | 'ranks' | 'at'>): Team {
  const { me, ranks, at } = of;
  const { layout, memory, usage } = endpoint;
  const size = ranks.length;
  // Older buffers of a memory that has grown show it as well.
  const words = new Int32Array(memory.wasm.buffer, at, meetingBytes(size) / 4);
  const desk = at + deskOf(size, me);
  const first = (desk - at) / 4;
  const notes =
    at === layout.worldTeam ? blockOf(layout, endpoint.local) + BLOCK_NOTES : desk + DESK.nowhere;
  const put = (offset: number, value: number): void => {
    words[first + offset / 4] = value;
  };
  put(DESK.lines, at);
  put(DESK.mine, me * LINE_BYTES);
  put(DESK.all, size * LINE_BYTES);
  put(DESK.polls, endpoint.polls);
  put(DESK.sleepers, WORD_SLEEPERS * 4);
  put(DESK.notes, notes);
  put(DESK.traffic, trafficAddress(usage));
  new Float64Array(memory.wasm.buffer, desk + DESK.pollSeconds, 1)[0] = endpoint.pollSeconds;
  return {
    ...of,
    endpoint,
    size,
    words,
    desk,
    records: Array.from({ length: RECORDS }, () => undefined),
    get sequence(): number {
      return words[first] ?? 0;
    },
  };
}

export const stageOf = (team: Team, member: number, parity: number): number =>
  team.at + teamStage(team.size, member, parity & 1);

/** The stage that all members share, for results. */
export const commonStage = (team: Team, parity: number): number => stageOf(team, team.size, parity);

/**
 * Where members lay out small data, as addresses for even meetings: `stride` leads to those for odd
 * ones, `step` to the next member's. A few bytes travel in the lines.
 */
export function smallStages(
  team: Team,
  bytes: number,
): { of(member: number): number; readonly stride: number; readonly step: number } {
  const { at, size } = team;
  if (bytes > INLINE_BYTES) {
    return { of: (member) => stageOf(team, member, 0), stride: PARITY_STRIDE, step: MEMBER_STRIDE };
  }
  const first = at + LINE.inline;
  return {
    of: (member) => first + member * LINE_BYTES,
    stride: size * LINE_BYTES,
    step: LINE_BYTES,
  };
}

/**
 * Where this rank puts a small result that goes to an ordinary array: nobody else looks so far into
 * the stage of a small call.
 */
export const resultStage = (team: Team): number => stageOf(team, team.me, 0) + SMALL_STAGE_BYTES;

/** Index of a member's line among the team's words. */
export const lineOf = (team: Team, member: number, sequence: number): number =>
  (((sequence & 1) * team.size + member) * LINE_BYTES) / 4;

/** What a member said at the last meeting. */
export const inputOf = (team: Team, member: number): number =>
  wordOf(team, member, WORD_INPUT) >>> 0;
export const outputOf = (team: Team, member: number): number =>
  wordOf(team, member, WORD_OUTPUT) >>> 0;
/** Where it wants the result, 0 when that is private. */
export const targetOf = (team: Team, member: number): number =>
  wordOf(team, member, WORD_TARGET) >>> 0;
export const typeOf = (team: Team, member: number): number => wordOf(team, member, WORD_TYPE);
export function callOf(team: Team, line: number): CallWords {
  const word = (i: number): number => team.words[line + WORD_CALL + i] ?? 0;
  return [word(0), word(1), word(2)];
}

const wordOf = (team: Team, member: number, word: number): number =>
  team.words[lineOf(team, member, team.sequence) + word] ?? 0;
