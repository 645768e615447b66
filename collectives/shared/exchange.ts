import { raiseSizes } from '../group.ts';
import type { Turn } from '../group.ts';
import { STAGE_BYTES } from '../layout.ts';
import { bytesOf } from '../payload.ts';
import { addReceived, addSent } from '../usage.ts';
import { DIRECT_BYTES, sharedPayload } from './bcastTogether.ts';
import { IN_STAGE, WITHHELD, offerWord, offeredAt } from './offer.ts';
import { hold, meetingOf } from './meeting.ts';
import { arrayAt } from './place.ts';
import { inOneMeeting, inSteps } from './plan.ts';
import type { Plan } from './plan.ts';
import { SMALL_STAGE_BYTES, inputOf, outputOf, resultStage, smallStages } from './team.ts';
import { stageOf, targetOf } from './team.ts';
import type { Team } from './team.ts';
import { UINT8, typeCodeOf } from '../elementType.ts';
import type { TypedArray } from '../elementType.ts';
import { tradeArguments } from '../wasm/tradeKernel.ts';

/**
 * Equal pieces change hands inside a team: gather, allgather, scatter, alltoall. Small data goes
 * through the stages in one meeting, all of it in one WebAssembly function; large shared arrays are
 * copied from where they are to where they are wanted, between two meetings.
 */
export type Exchange = {
  /** What this rank offers, and where it wants the pieces that it takes. */
  readonly own: TypedArray | undefined;
  readonly target: TypedArray | undefined;
  /** Bytes of everybody's offer, all alike. */
  readonly offered: number;
  /** Members [first, first + count) of whom a piece is taken. */
  readonly first: number;
  readonly count: number;
  /** Where the piece begins in a member's offer, and its bytes. */
  readonly skip: number;
  readonly bytes: number;
  /** The only member that offers anything (scatter), or that takes anything (gather). */
  readonly giver?: number;
  readonly taker?: number;
};

/** What there is to do every time; false when somebody's data is private and too large for it. */
export function planExchange(turn: Turn, team: Team, work: Exchange): Plan<boolean> {
  const fits = work.bytes * work.count <= STAGE_BYTES - SMALL_STAGE_BYTES;
  return work.offered <= DIRECT_BYTES && fits
    ? planStaged(turn, team, work)
    : planDirect(turn, team, work);
}

const placeOf = ({ endpoint }: Team, array: TypedArray | undefined): number =>
  array !== undefined && endpoint.arenaBuffers.has(array.buffer) ? array.byteOffset : 0;

function traffic({ me, size }: Team, work: Exchange): { sent: number; received: number } {
  const { own, offered, bytes, first, count: pieces } = work;
  const sent = own === undefined ? 0 : Math.floor((offered * (size - 1)) / size);
  const self = me >= first && me < first + pieces ? 1 : 0;
  return { sent, received: bytes * (pieces - self) };
}

const codeOf = (array: TypedArray | undefined): number =>
  array === undefined ? 0 : typeCodeOf(array);

const viewsOf = (team: Team, bytes: number): Uint8Array[] =>
  [0, 1].map((parity) => {
    const address = stageOf(team, team.me, parity);
    return arrayAt(team.endpoint, UINT8, { address, bytes }) as Uint8Array;
  });

function planStaged(turn: Turn, team: Team, work: Exchange): Plan<boolean> {
  const { endpoint } = team;
  const { own, target, first, skip, bytes } = work;
  const source = placeOf(team, own);
  const place = placeOf(team, target);
  const given = own?.byteLength ?? 0;
  const pieces = target === undefined ? 0 : work.count;
  const { of, stride, step } = smallStages(team, work.offered);
  const stage = of(team.me);
  const result = resultStage(team);
  const moved = tradeArguments({
    source,
    given: source === 0 ? 0 : given,
    stage,
    stride,
    target: place || result,
    from: of(first) + skip,
    bytes,
    step,
    count: pieces,
  });
  const said = { input: IN_STAGE, output: given, type: codeOf(own) };
  const { trade } = endpoint.kernels;
  const meeting = meetingOf(turn, team, {
    said,
    kernel: trade,
    arguments: moved,
    ...traffic(team, work),
  });
  const view = (address: number, length: number): Uint8Array =>
    arrayAt(endpoint, UINT8, { address, bytes: length }) as Uint8Array;
  const privateIn = own === undefined || source !== 0 ? undefined : bytesOf(own);
  const inward = privateIn && [view(stage, given), view(stage + stride, given)];
  const privateOut = target === undefined || place !== 0 ? undefined : bytesOf(target);
  const outward = privateOut && view(result, pieces * bytes);
  const end = (): void => {
    checkGiver(turn, team, work);
    if (outward !== undefined) privateOut?.set(outward);
  };
  return inOneMeeting(meeting, true, {
    before: inward && (() => inward[(team.sequence + 1) & 1]?.set(privateIn)),
    after: outward !== undefined || work.giver !== undefined ? end : undefined,
  });
}

function planDirect(turn: Turn, team: Team, work: Exchange): Plan<boolean> {
  const { own, target } = work;
  const place = placeOf(team, target);
  const input = own === undefined ? IN_STAGE : offerWord(team, bytesOf(own));
  const said = { input, output: own?.byteLength ?? 0, type: codeOf(own), target: place };
  const meeting = meetingOf(turn, team, { said });
  const staged = own !== undefined && input === IN_STAGE ? bytesOf(own) : undefined;
  const stages = viewsOf(team, staged?.byteLength ?? 0);
  const low = work.giver ?? 0;
  const high = work.giver === undefined ? team.size : work.giver + 1;
  return inSteps(() => {
    if (staged !== undefined) stages[(team.sequence + 1) & 1]?.set(staged);
    hold(meeting);
    checkGiver(turn, team, work);
    let direct = false;
    for (let member = low; member < high; member++) {
      const word = inputOf(team, member);
      if (word === WITHHELD) return false;
      direct ||= word !== IN_STAGE;
    }
    const wanted = work.taker === undefined ? 0 : targetOf(team, work.taker);
    if (wanted !== 0 && own !== undefined && input !== IN_STAGE) {
      team.endpoint.kernels.copy(wanted + team.me * work.bytes, input, work.bytes);
    }
    if (target !== undefined) takePieces(team, { ...work, target }, place);
    if (direct) hold(meeting);
    const { sent, received } = traffic(team, work);
    addSent(team.endpoint.usage, sent);
    addReceived(team.endpoint.usage, received);
    return true;
  });
}

/** A shared result of a gather is filled by those who have shared data, who work side by side. */
function takePieces(team: Team, work: Exchange & { target: TypedArray }, place: number): void {
  const { endpoint } = team;
  const { first, count: pieces, skip, bytes, target } = work;
  const pushed = work.taker !== undefined && place !== 0;
  for (let i = 0; i < pieces; i++) {
    const member = first + i;
    if (pushed && inputOf(team, member) !== IN_STAGE) continue;
    const address = offeredAt(team, member) + skip;
    if (place !== 0) {
      endpoint.kernels.copy(place + i * bytes, address, bytes);
      continue;
    }
    const piece = sharedPayload(team, { type: UINT8, address, bytes });
    bytesOf(target).set(piece.bytes, i * bytes);
  }
}

/** Errors: CollectiveMismatchError when the root of a scatter gave another amount. */
function checkGiver(turn: Turn, team: Team, { giver, offered }: Exchange): void {
  if (giver === undefined) return;
  const sent = outputOf(team, giver);
  if (sent !== offered) {
    raiseSizes(turn, { rank: team.ranks[giver] ?? -1, sent, expected: offered });
  }
}
