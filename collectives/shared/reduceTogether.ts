import type { TypedArray } from '../elementType.ts';
import type { Turn } from '../group.ts';
import { STAGE_BYTES } from '../layout.ts';
import type { Operator } from '../operators.ts';
import { addReceived, addSent } from '../usage.ts';
import { fold } from './fold.ts';
import { copyIn, copyOut, partOf, placeOf } from './place.ts';
import { commonStage, inputOf, meet, outputOf, stageOf } from './team.ts';
import type { Team } from './team.ts';

/**
 * Reductions inside a team: every rank reads all inputs. Up to SMALL_BYTES each reduces everything
 * for itself (one meeting). Above, rank t reduces slice t of all inputs into all results: in one
 * go when all arrays are shared (two meetings), else through stages, a chunk per meeting, where
 * chunk j is reduced while chunk j + 1 is staged.
 */
export type Reduction = {
  readonly operator: Operator<never>;
  readonly type: number;
  readonly data: TypedArray;
  /** Where the result goes; undefined on a rank that does not want it. */
  readonly result: TypedArray | undefined;
};

export const SMALL_BYTES = 8 * 1024;
const SLICE_ALIGN = 64;
/** Says that a result is wanted in private memory. */
const WANTED_PRIVATELY = 1;

export function reduceTogether(turn: Turn, team: Team, work: Reduction): void {
  const { data } = work;
  addSent(team.endpoint.usage, data.byteLength);
  addReceived(team.endpoint.usage, data.byteLength * (team.size - 1));
  if (data.byteLength <= SMALL_BYTES) reduceSmall(turn, team, work);
  else reduceLarge(turn, team, work);
}

function reduceSmall(turn: Turn, team: Team, work: Reduction): void {
  const { data, result, operator, type } = work;
  const { endpoint, me } = team;
  copyIn(endpoint, stageOf(team, me, team.sequence + 1), data);
  meet(turn, team);
  if (result === undefined) return;
  const inputs = team.ranks.map((_, member) => stageOf(team, member, team.sequence));
  const place = placeOf(endpoint, result);
  // Our own stage of the other parity is free: everybody has finished with it.
  const output = place === 0 ? stageOf(team, me, team.sequence + 1) : place;
  fold(turn, team, { operator, type, bytes: data.byteLength, inputs, outputs: [output] });
  if (place === 0) copyOut(endpoint, result, output);
}

function reduceLarge(turn: Turn, team: Team, work: Reduction): void {
  const { data, result } = work;
  const { endpoint, me } = team;
  const input = placeOf(endpoint, data);
  const wanted = result === undefined ? 0 : placeOf(endpoint, result) || WANTED_PRIVATELY;
  const chunk = STAGE_BYTES / data.BYTES_PER_ELEMENT;
  const stage = (from: number): void => {
    if (input !== 0 || from >= data.length) return;
    const part = partOf(data, from, Math.min(data.length, from + chunk));
    copyIn(endpoint, stageOf(team, me, team.sequence + 1), part);
  };
  stage(0);
  const said = { input, output: wanted, type: work.type };
  meet(turn, team, said);
  const inputs = team.ranks.map((_, member) => inputOf(team, member));
  const outputs = team.ranks.map((_, member) => outputOf(team, member));
  const step = stepFor(inputs, outputs, { chunk, length: data.length });
  for (let from = 0; from < data.length; from += step) {
    const length = Math.min(step, data.length - from);
    reduceSlice(turn, team, { ...work, inputs, outputs, from, length });
    stage(from + step);
    meet(turn, team, said);
    if (result === undefined || wanted !== WANTED_PRIVATELY) continue;
    copyOut(endpoint, partOf(result, from, from + length), commonStage(team, team.sequence + 1));
  }
}

/** Everything at once when no array is private, else chunk by chunk. */
function stepFor(
  inputs: readonly number[],
  outputs: readonly number[],
  { chunk, length }: { readonly chunk: number; readonly length: number },
): number {
  const shared = !inputs.includes(0) && !outputs.includes(WANTED_PRIVATELY);
  return shared ? length : chunk;
}

/** This rank's slice of elements [from, from + length) of all inputs. */
function reduceSlice(
  turn: Turn,
  team: Team,
  work: Reduction & {
    readonly inputs: readonly number[];
    readonly outputs: readonly number[];
    readonly from: number;
    readonly length: number;
  },
): void {
  const { operator, type, data, from, length } = work;
  const width = data.BYTES_PER_ELEMENT;
  const total = length * width;
  const share = Math.ceil(total / team.size / SLICE_ALIGN) * SLICE_ALIGN;
  const low = Math.min(total, share * team.me);
  const bytes = Math.min(total, low + share) - low;
  const inputs = work.inputs.map((address, member) =>
    address === 0 ? stageOf(team, member, team.sequence) + low : address + from * width + low,
  );
  const outputs: number[] = [];
  for (const address of work.outputs) {
    if (address > WANTED_PRIVATELY) outputs.push(address + from * width + low);
  }
  if (work.outputs.includes(WANTED_PRIVATELY)) {
    outputs.push(commonStage(team, team.sequence) + low);
  }
  fold(turn, team, { operator, type, bytes, inputs, outputs });
}
