import { typeCodeOf } from './elementType.ts';
import type { TypedArray } from './elementType.ts';
import { expectLength, finish, receive, start, worldRank } from './group.ts';
import type { Turn } from './group.ts';
import type { Operator } from './operators.ts';
import { hasLeft } from './outbound.ts';
import { bytesOf } from './payload.ts';
import type { Payload } from './payload.ts';
import { planQuickExchange } from './quickExchange.ts';
import type { QuickExchange } from './quickExchange.ts';
import { foldKernel, foldSlowly } from './shared/fold.ts';
import { arrayAt, copyArray, placeOf } from './shared/place.ts';
import { stageOf } from './shared/team.ts';
import type { Team } from './shared/team.ts';
import { STAGE_BYTES } from './layout.ts';

/**
 * Allreduce by recursive doubling: in step k every rank exchanges all that it has with the rank that
 * differs in bit k, so log2 n steps do. For n a power of two and few bytes.
 */
export type Doubling = {
  readonly operator: Operator<never>;
  readonly source: TypedArray;
  /** Where the result goes; may be the source itself. */
  readonly vector: TypedArray;
};

/** At most so many bytes: two of them lie in a stage. */
export const DOUBLING_MAXIMUM = STAGE_BYTES / 2;

type Step = {
  readonly peer: number;
  readonly quick: QuickExchange | undefined;
  readonly theirsFirst: boolean;
};

/** What there is to do, every time that the call is made. */
export function planDoubling(turn: Turn, team: Team, work: Doubling): () => void {
  const { source, vector } = work;
  const { endpoint } = team;
  const bytes = vector.byteLength;
  const type = typeCodeOf(vector);
  const { rank, members } = turn.group;
  const steps: Step[] = [];
  for (let mask = 1; mask < members.length; mask *= 2) {
    const peer = rank ^ mask;
    const quick = planQuickExchange(turn, worldRank(turn.group, peer), { type, bytes });
    steps.push({ peer, quick, theirsFirst: peer < rank });
  }
  const at = (address: number): TypedArray => arrayAt(endpoint, type, { address, bytes });
  const given = placeOf(endpoint, source);
  const result = placeOf(endpoint, vector);
  // Of the two stages, the one that no member of this part may still be reading.
  const places = [0, 1].map((parity) => {
    const theirs = stageOf(team, team.me, parity);
    const total = result || theirs + DOUBLING_MAXIMUM;
    const payload = (address: number): Payload => ({ type, bytes: bytesOf(at(address)) });
    const own = { total: payload(total), given: payload(given || total) };
    return { theirs, into: payload(theirs), total, staged: at(total), own };
  });
  const reduce = reducer(turn, team, { operator: work.operator, type, bytes });
  return () => {
    const place = places[(team.sequence + 1) & 1];
    if (place === undefined) return;
    const { theirs, total, staged, into } = place;
    if (given === 0) copyArray(staged, source);
    let mine = given || total;
    for (const step of steps) {
      const payload = mine === total ? place.own.total : place.own.given;
      exchange(turn, step, { mine, theirs, payload, into });
      if (step.theirsFirst) reduce(theirs, mine, total);
      else reduce(mine, theirs, total);
      mine = total;
    }
    if (result === 0) copyArray(vector, staged);
  };
}

type Given = {
  readonly mine: number;
  readonly theirs: number;
  readonly payload: Payload;
  readonly into: Payload;
};

function exchange(turn: Turn, { peer, quick }: Step, given: Given): void {
  const done = quick === undefined ? 'nothing' : quick(given.mine, given.theirs);
  if (done === 'both') return;
  const { payload, into } = given;
  const sent = done === 'sent' ? undefined : start(turn, peer, payload);
  expectLength(turn, receive(turn, peer, into), into.bytes.byteLength);
  if (sent !== undefined && !hasLeft(sent)) finish(turn, [sent]);
}

function reducer(
  turn: Turn,
  team: Team,
  of: { readonly operator: Operator<never>; readonly type: number; readonly bytes: number },
): (left: number, right: number, total: number) => void {
  const kernel = foldKernel(team, of, 2, 1);
  const { bytes } = of;
  if (kernel !== undefined) return (left, right, total) => void kernel(bytes, left, right, total);
  return (left, right, total) =>
    foldSlowly(turn, team, { ...of, inputs: [left, right], outputs: [total] });
}
