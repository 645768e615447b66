import { callsAgree, described, kindOf } from '../call.ts';
import { WORLD, announce, isSynchronising } from '../group.ts';
import type { Turn } from '../group.ts';
import { BLOCK_SLEEPING, blockOf } from '../layout.ts';
import { enterNoted, leaveCollective } from '../segments.ts';
import { addBlocked, addReceived, addSent, kindAddress, setKind } from '../usage.ts';
import { checkPoison, raise, waitFor } from '../waiting.ts';
import type { MeetingKernel } from '../wasm/kernelCache.ts';
import {
  COMPARE,
  COUNT,
  DIFFERS,
  LOOK,
  MET,
  NOTED,
  SLEEPERS,
  SPUN_OUT,
} from '../wasm/meetingKernel.ts';
import {
  ARGUMENTS_MAXIMUM,
  DESK,
  RECORD,
  RECORDS,
  RECORD_BYTES,
  recordOf,
} from '../wasm/meetingLayout.ts';
import { callOf, lineOf } from './team.ts';
import type { Team } from './team.ts';

/**
 * A meeting of a team that may be held again and again with the same call and arguments: a kernel
 * and the record that it reads. What it says to the others: an address to read from, one to write to (or a
 * size), a type, where the result should go.
 */
export type Meeting = {
  readonly turn: Turn;
  readonly team: Team;
  readonly kernel: MeetingKernel;
  /** What its record holds, and where that is unless another meeting has taken it. */
  readonly image: Int32Array;
  readonly slot: number;
  readonly record: number;
  readonly sent: number;
  readonly received: number;
};

export type Said = {
  readonly input: number;
  readonly output: number;
  readonly type: number;
  readonly target: number;
};
const NOTHING_SAID: Said = { input: 0, output: 0, type: 0, target: 0 };

/** What a meeting does besides; by default nothing. Bytes are counted once per meeting. */
export type Work = {
  readonly said?: Partial<Said>;
  readonly kernel?: MeetingKernel;
  readonly arguments?: readonly number[];
  readonly sent?: number;
  readonly received?: number;
};

/** Meetings in turn take the records. */
let meetings = 0;

export function meetingOf(turn: Turn, team: Team, work: Work = {}): Meeting {
  const { endpoint, desk } = team;
  const { sent = 0, received = 0, kernel = endpoint.kernels.sync } = work;
  const said = { ...NOTHING_SAID, ...work.said };
  const given = work.arguments ?? [];
  if (given.length > ARGUMENTS_MAXIMUM) throw new Error('a record has no room for so much');
  const image = new Int32Array(RECORD_BYTES / 4);
  const inWorld = turn.group.id === WORLD;
  image[RECORD.kind / 4] = kindAddress(endpoint.usage, kindOf(turn.words));
  image[RECORD.noted / 4] = inWorld && isSynchronising(turn.name) ? 1 : 0;
  image.set([...turn.words, said.input, said.output, said.type, said.target], RECORD.said / 4);
  const doubles = new Float64Array(image.buffer);
  doubles[RECORD.sent / 8] = sent;
  doubles[RECORD.received / 8] = received;
  image.set(given, RECORD.arguments / 4);
  const slot = meetings++ % RECORDS;
  const record = recordOf(desk, slot);
  return { turn, team, kernel, image, slot, record, sent, received };
}

const PLAIN = LOOK | COMPARE;

/** Meets everybody once. Errors: CollectiveMismatchError when a call differs. */
export const meet = (turn: Turn, team: Team): void => hold(meetingOf(turn, team));

/** Meets everybody, in a call that the accounting knows. Errors: CollectiveMismatchError when a call differs. */
export function hold(meeting: Meeting): void {
  const status = attempt(meeting, PLAIN);
  if (status !== MET) settle(meeting, status);
  const { usage } = meeting.team.endpoint;
  if (meeting.sent > 0) addSent(usage, meeting.sent);
  if (meeting.received > 0) addReceived(usage, meeting.received);
}

/** A meeting that is a whole call, which it counts itself. Errors as of `hold`. */
export function holdCounted(meeting: Meeting): void {
  const status = attempt(meeting, PLAIN | COUNT);
  if (status !== MET) settleCounted(meeting, status);
}

function attempt(meeting: Meeting, how: number): number {
  const { team } = meeting;
  if (team.records[meeting.slot] !== meeting) fileRecord(meeting);
  return meeting.kernel(team.desk, meeting.record, how);
}

/** Lines that hold the words of the record's last owner are written anew. */
function fileRecord(meeting: Meeting): void {
  const { team, slot, record, image } = meeting;
  const { words, at, desk } = team;
  words.set(image, (record - at) / 4);
  const spoken = (desk - at + DESK.spoken) / 4;
  for (let parity = 0; parity < 2; parity++) {
    if (words[spoken + parity] === (record | 0)) words[spoken + parity] = 0;
  }
  team.records[slot] = meeting;
}

function settleCounted(meeting: Meeting, first: number): void {
  const { endpoint } = meeting.team;
  setKind(endpoint.usage, kindOf(meeting.turn.words));
  let status = first;
  if (status === NOTED) {
    enterNoted(endpoint);
    status = attempt(meeting, PLAIN | COUNT);
  }
  if (status !== MET) settle(meeting, status);
  leaveCollective(endpoint);
}

/** What is left to do when a kernel has not met everybody, or has met a sleeper or another call. */
function settle(meeting: Meeting, first: number): void {
  const { turn, team } = meeting;
  const { endpoint } = team;
  const sequence = (team.sequence + 1) | 0;
  let how = PLAIN & ~LOOK;
  for (let status = first; status !== MET; status = attempt(meeting, how)) {
    if (status === SLEEPERS) {
      // Poison counts as a sleeper for ever, so every meeting comes by here once there is one.
      checkPoison(endpoint, turn.name);
      // Whoever sleeps waits for the last; of several, at least one sees all the others.
      if (everybodyHere(team, sequence)) wake(team);
    } else if (status === DIFFERS) {
      compareCalls(meeting, sequence);
      how &= ~COMPARE;
    } else if (status !== SPUN_OUT) {
      throw new Error(`a meeting has no status ${status}`);
    } else if (!giveWay(team, sequence)) waitForAll(turn, team, sequence);
  }
  // Some may have come since.
  if ((how & COMPARE) === 0) compareCalls(meeting, sequence);
}

const isHere = ({ words }: Team, line: number, sequence: number): boolean =>
  Atomics.load(words, line) === sequence;

/** Errors: CollectiveMismatchError when somebody who is here has made a call that cannot be this one. */
function compareCalls({ turn, team }: Meeting, sequence: number): void {
  for (let member = 0; member < team.size; member++) {
    const line = lineOf(team, member, sequence);
    if (!isHere(team, line, sequence)) continue;
    if (!callsAgree(turn.words, callOf(team, line))) raiseMismatch(turn, team, sequence);
  }
}

/** As often a rank gives its core away before it sleeps, when ranks outnumber cores. */
const GIVEN_WAYS = 100;

/** Lets the others come first, where ranks outnumber cores. Returns whether all are here. */
function giveWay(team: Team, sequence: number): boolean {
  const { giveWay: give, usage } = team.endpoint;
  if (give === undefined) return false;
  const began = performance.now();
  let here = everybodyHere(team, sequence);
  for (let i = 0; i < GIVEN_WAYS && !here; i++) {
    give();
    here = everybodyHere(team, sequence);
  }
  addBlocked(usage, (performance.now() - began) / 1000);
  return here;
}

function everybodyHere(team: Team, sequence: number): boolean {
  for (let member = 0; member < team.size; member++) {
    if (!isHere(team, lineOf(team, member, sequence), sequence)) return false;
  }
  return true;
}

function wake(team: Team): void {
  const { endpoint } = team;
  const { layout, memory } = endpoint;
  for (const rank of team.ranks) {
    const local = layout.localIndex[rank] ?? 0;
    if (local === endpoint.local) continue;
    const sleeping = (blockOf(layout, local) + BLOCK_SLEEPING) / 4;
    if (Atomics.load(memory.words, sleeping) !== 0) memory.ringDoorbell(local);
  }
}

function waitForAll(turn: Turn, team: Team, sequence: number): void {
  const here = (member: number): boolean => isHere(team, lineOf(team, member, sequence), sequence);
  waitFor(team.endpoint, {
    ready: () => team.ranks.every((_, member) => here(member)),
    needs: team.ranks,
    lostWhen: 'one',
    satisfied: (rank) => here(team.ranks.indexOf(rank)),
    what: turn.name,
    announce: () => announce(turn),
  });
}

function raiseMismatch(turn: Turn, team: Team, sequence: number): never {
  const calls = team.ranks.flatMap((rank, member) => {
    const line = lineOf(team, member, sequence);
    if (!isHere(team, line, sequence)) return [];
    return [{ rank, call: described(callOf(team, line), turn.epoch) }];
  });
  raise(team.endpoint, { kind: 'mismatch', calls }, turn.name);
}
