import { callsAgree, described } from '../call.ts';
import type { CallWords } from '../call.ts';
import type { Endpoint } from '../endpoint.ts';
import { WORLD, announce, receive, send } from '../group.ts';
import type { Group, Turn } from '../group.ts';
import { BLOCK_SLEEPING, WORD_SLEEPERS, blockOf, teamBytes, teamStage } from '../layout.ts';
import { allocate } from '../memory.ts';
import { payloadOf, valueOf } from '../payload.ts';
import { addBlocked } from '../usage.ts';
import { argumentError, checkPoison, raise, waitFor } from '../waiting.ts';
import { LINE_BYTES, MISMATCH, SLEEPERS, SPUN_OUT } from '../wasm/syncKernel.ts';

/**
 * The members of a communicator that share memory, and how they meet. A meeting has a sequence
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
  sequence: number;
  /** Whose arguments my two lines hold, by parity. */
  readonly spoken: [unknown, unknown];
};

/** Argument words of a line. */
const WORD_CALL = 2;
const WORD_INPUT = 5;
const WORD_OUTPUT = 6;
const WORD_TYPE = 7;
const WORD_TARGET = 8;
/** The world collective that the accounting notes next; on the first member's line. */
const WORD_NOTE = 9;

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

const newTeam = (endpoint: Endpoint, of: Pick<Team, 'me' | 'ranks' | 'at'>): Team => ({
  ...of,
  endpoint,
  size: of.ranks.length,
  sequence: 0,
  spoken: [undefined, undefined],
});

export const stageOf = (team: Team, member: number, parity: number): number =>
  team.at + teamStage(team.size, member, parity & 1);

/** The stage that all members share, for results. */
export const commonStage = (team: Team, parity: number): number => stageOf(team, team.size, parity);

const lineOf = (team: Team, member: number, sequence: number): number =>
  team.at + ((sequence & 1) * team.size + member) * LINE_BYTES;

/** What a member said at the meeting with this number. */
export const inputOf = (team: Team, member: number): number =>
  wordOf(team, member, WORD_INPUT) >>> 0;
export const outputOf = (team: Team, member: number): number =>
  wordOf(team, member, WORD_OUTPUT) >>> 0;
/** Where it wants the result, 0 when that is private. */
export const targetOf = (team: Team, member: number): number =>
  wordOf(team, member, WORD_TARGET) >>> 0;
export const typeOf = (team: Team, member: number): number => wordOf(team, member, WORD_TYPE);
export function callOf(team: Team, member: number): CallWords {
  const word = (i: number): number => wordOf(team, member, WORD_CALL + i);
  return [word(0), word(1), word(2)];
}

function wordOf(team: Team, member: number, word: number): number {
  const words = wordsFor(team);
  return words[lineOf(team, member, team.sequence) / 4 + word] ?? 0;
}

/** Teams of split communicators live in the heap, beyond the control area's views. */
function wordsFor(team: Team): Int32Array {
  const { endpoint } = team;
  const end = team.at + 2 * team.size * LINE_BYTES;
  if (end <= endpoint.memory.words.byteLength) return endpoint.memory.words;
  return endpoint.heapView(Int32Array, end);
}

/** An address to read from, one to write to (or a size), a type, where the result should go. */
export type Said = {
  readonly input: number;
  readonly output: number;
  readonly type: number;
  readonly target: number;
};
const NOTHING_SAID: Said = { input: 0, output: 0, type: 0, target: 0 };

/**
 * A meeting that may be held again and again with the same call and arguments. `attempt` is a
 * kernel that stores the arrival and looks for everybody's: the number of polls that are left.
 */
export type Meeting = {
  readonly turn: Turn;
  readonly team: Team;
  readonly said: Said;
  attempt(sleepers: number): number;
};

/** A meeting that moves no data by itself. */
export function plainMeeting(turn: Turn, team: Team, said: Partial<Said> = {}): Meeting {
  const { endpoint, at, me, size } = team;
  const { kernels, polls } = endpoint;
  const attempt = (sleepers: number): number =>
    kernels.sync(at, me, size, team.sequence, turn.signature, polls, sleepers);
  return { turn, team, said: { ...NOTHING_SAID, ...said }, attempt };
}

/** Meets everybody once. Errors: CollectiveMismatchError when a signature differs. */
export const meet = (turn: Turn, team: Team): void => hold(plainMeeting(turn, team));

/** Meets everybody. Errors: CollectiveMismatchError when a signature differs. */
export function hold(meeting: Meeting): void {
  const { team, turn } = meeting;
  const { endpoint } = team;
  team.sequence = (team.sequence + 1) | 0;
  const parity = team.sequence & 1;
  if (team.spoken[parity] !== meeting) say(meeting);
  const inWorld = turn.group.id === WORLD;
  const words = wordsFor(team);
  const sizeWords = team.size * LINE_WORDS;
  const first = team.at / 4 + parity * sizeWords;
  if (inWorld && team.me === 0) words[first + WORD_NOTE] = endpoint.segments.proposed;
  const status = meeting.attempt(WORD_SLEEPERS * 4);
  if (status > 0) addPolls(endpoint, status);
  else settle(meeting, status);
  if (inWorld) endpoint.segments.next = words[first + WORD_NOTE] ?? 0;
  if (turn.open) compareCalls(meeting, words);
}

/** Takes a whole number, which needs no box on the heap. */
function addPolls(endpoint: Endpoint, left: number): void {
  addBlocked(endpoint.usage, (endpoint.polls - left) * endpoint.pollSeconds);
}

const LINE_WORDS = LINE_BYTES / 4;

/** Writes this rank's call and arguments into its line; the former also for error messages. */
function say(meeting: Meeting): void {
  const { turn, team, said } = meeting;
  const words = wordsFor(team);
  const line = lineOf(team, team.me, team.sequence) / 4;
  for (let i = 0; i < 3; i++) words[line + WORD_CALL + i] = turn.words[i] ?? 0;
  words[line + WORD_INPUT] = said.input;
  words[line + WORD_OUTPUT] = said.output;
  words[line + WORD_TYPE] = said.type;
  words[line + WORD_TARGET] = said.target;
  team.spoken[team.sequence & 1] = meeting;
}

function compareCalls({ turn, team }: Meeting, words: Int32Array): void {
  for (let member = 0; member < team.size; member++) {
    const theirs = lineOf(team, member, team.sequence) / 4 + WORD_CALL;
    for (let i = 0; i < 3; i++) {
      if (words[theirs + i] === turn.words[i]) continue;
      if (!callsAgree(turn.words, callOf(team, member))) raiseMismatch(turn, team);
    }
  }
}

/**
 * What is left to do when a kernel has not met everybody (or has: then only the bookkeeping).
 * Poison counts as a sleeper for ever, so every meeting comes by here once there is one.
 */
function settle(meeting: Meeting, first: number): void {
  const { turn, team } = meeting;
  const { endpoint } = team;
  let status = first;
  if (status === SLEEPERS) {
    checkPoison(endpoint, turn.name);
    // Whoever sleeps waits for the last; of several, at least one sees all the others.
    if (everybodyHere(team)) wake(team);
    status = meeting.attempt(0);
  }
  if (status === SPUN_OUT && endpoint.giveWay && giveWay(team, endpoint.giveWay)) {
    status = meeting.attempt(0);
  }
  if (status > 0) {
    addPolls(endpoint, status);
    return;
  }
  if (status !== MISMATCH) {
    waitForAll(turn, team);
    status = meeting.attempt(0);
  }
  if (status <= 0) raiseMismatch(turn, team);
}

/** As often a rank gives its core away before it sleeps, when ranks outnumber cores. */
const GIVEN_WAYS = 100;

/** Lets the others come first. Returns whether all are here. */
function giveWay(team: Team, give: () => void): boolean {
  for (let i = 0; i < GIVEN_WAYS; i++) {
    if (everybodyHere(team)) return true;
    give();
  }
  return everybodyHere(team);
}

function everybodyHere(team: Team): boolean {
  const words = wordsFor(team);
  for (let member = 0; member < team.size; member++) {
    if (Atomics.load(words, lineOf(team, member, team.sequence) / 4) !== team.sequence)
      return false;
  }
  return true;
}

export function wake(team: Team): void {
  const { endpoint } = team;
  const { layout, memory } = endpoint;
  for (const rank of team.ranks) {
    const local = layout.localIndex[rank] ?? 0;
    if (local === endpoint.local) continue;
    const sleeping = (blockOf(layout, local) + BLOCK_SLEEPING) / 4;
    if (Atomics.load(memory.words, sleeping) !== 0) memory.ringDoorbell(local);
  }
}

function waitForAll(turn: Turn, team: Team): void {
  const words = wordsFor(team);
  const { sequence } = team;
  const here = (member: number): boolean =>
    Atomics.load(words, lineOf(team, member, sequence) / 4) === sequence;
  waitFor(team.endpoint, {
    ready: () => team.ranks.every((_, member) => here(member)),
    needs: team.ranks,
    lostWhen: 'one',
    satisfied: (rank) => here(team.ranks.indexOf(rank)),
    what: turn.name,
    announce: () => announce(turn),
  });
}

function raiseMismatch(turn: Turn, team: Team): never {
  const words = wordsFor(team);
  const calls = team.ranks.flatMap((rank, member) => {
    const line = lineOf(team, member, team.sequence) / 4;
    if (Atomics.load(words, line) !== team.sequence) return [];
    return [{ rank, call: described(callOf(team, member), turn.epoch) }];
  });
  raise(team.endpoint, { kind: 'mismatch', calls }, turn.name);
}
