import type { TypedArray } from '../elementType.ts';
import type { Turn } from '../group.ts';
import { STAGE_BYTES } from '../layout.ts';
import type { Operator } from '../operators.ts';
import { addReceived, addSent } from '../usage.ts';
import type { Kernel } from '../wasm/kernelCache.ts';
import { callFold, foldKernel, foldSlowly } from './fold.ts';
import { hold, meetingOf } from './meeting.ts';
import { arrayAt, copyArray, partOf, placeOf } from './place.ts';
import { inSteps } from './plan.ts';
import type { Plan } from './plan.ts';
import { planSmall } from './reduceSmall.ts';
import { commonStage, inputOf, outputOf, stageOf } from './team.ts';
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
/** What passes through a stage at once. Of 32 to 256 KiB the most was quickest from 1 MiB on. */
export const CHUNK_BYTES = STAGE_BYTES;
const SLICE_ALIGN = 64;
/** Says that a result is wanted in private memory. */
const WANTED_PRIVATELY = 1;

/** What there is to do, every time that the call is made. */
export const planReduction = (turn: Turn, team: Team, work: Reduction): Plan =>
  work.data.byteLength <= SMALL_BYTES ? planSmall(turn, team, work) : planLarge(turn, team, work);

export const reduceTogether = (turn: Turn, team: Team, work: Reduction): void =>
  planReduction(turn, team, work).run();

function planLarge(turn: Turn, team: Team, work: Reduction): Plan {
  const { data, result, type } = work;
  const { endpoint, me, size } = team;
  const input = placeOf(endpoint, data);
  const wanted = result === undefined ? 0 : placeOf(endpoint, result) || WANTED_PRIVATELY;
  const chunk = CHUNK_BYTES / data.BYTES_PER_ELEMENT;
  const meeting = meetingOf(turn, team, { said: { input, output: wanted, type } });
  const slice = slicer(turn, team, work);
  const view = (address: number): TypedArray =>
    arrayAt(endpoint, type, { address, bytes: CHUNK_BYTES });
  const stages = [0, 1].map((parity) => view(stageOf(team, me, parity)));
  const commons = [0, 1].map((parity) => view(commonStage(team, parity)));
  const stage = (from: number): void => {
    if (input !== 0 || from >= data.length) return;
    const part = partOf(data, from, Math.min(data.length, from + chunk));
    copyArray(stages[(team.sequence + 1) & 1] as TypedArray, part);
  };
  const take = (from: number, to: number): void => {
    if (result === undefined || wanted !== WANTED_PRIVATELY) return;
    const common = commons[(team.sequence + 1) & 1] as TypedArray;
    copyArray(partOf(result, from, to), partOf(common, 0, to - from));
  };
  return inSteps(() => {
    addSent(endpoint.usage, data.byteLength);
    addReceived(endpoint.usage, data.byteLength * (size - 1));
    stage(0);
    hold(meeting);
    const step = slice.look() ? data.length : chunk;
    for (let from = 0; from < data.length; from += step) {
      const to = Math.min(data.length, from + step);
      slice.reduce(from, to);
      stage(from + step);
      hold(meeting);
      take(from, to);
    }
  });
}

type Slicer = {
  /** Reads where everybody's arrays are; whether all of them are shared. */
  look(): boolean;
  /** Reduces this rank's slice of elements [from, to). */
  reduce(from: number, to: number): void;
};

function slicer(turn: Turn, team: Team, work: Reduction): Slicer {
  const { operator, type, data } = work;
  const { size, me } = team;
  const width = data.BYTES_PER_ELEMENT;
  const given = team.ranks.map(() => 0);
  const wanted = team.ranks.map(() => 0);
  const inputs = team.ranks.map(() => 0);
  const outputs: number[] = [];
  const kernels: (Kernel | undefined)[] = [];
  const look = (): boolean => {
    let shared = true;
    for (let member = 0; member < size; member++) {
      given[member] = inputOf(team, member);
      wanted[member] = outputOf(team, member);
      shared &&= given[member] !== 0 && wanted[member] !== WANTED_PRIVATELY;
    }
    return shared;
  };
  const aim = (from: number, low: number): void => {
    let common = false;
    let count = 0;
    for (let member = 0; member < size; member++) {
      const address = given[member] ?? 0;
      const output = wanted[member] ?? 0;
      inputs[member] =
        low + (address === 0 ? stageOf(team, member, team.sequence) : address + from * width);
      if (output > WANTED_PRIVATELY) {
        const place = output + from * width + low;
        // Several ranks may want it in one array.
        if (outputs.lastIndexOf(place, count - 1) < 0 || count === 0) outputs[count++] = place;
      } else common ||= output === WANTED_PRIVATELY;
    }
    if (common) outputs[count++] = commonStage(team, team.sequence) + low;
    outputs.length = count;
  };
  const reduce = (from: number, to: number): void => {
    const total = (to - from) * width;
    const share = Math.ceil(total / size / SLICE_ALIGN) * SLICE_ALIGN;
    const low = Math.min(total, share * me);
    const bytes = Math.min(total, low + share) - low;
    aim(from, low);
    const kernel = (kernels[outputs.length] ??= foldKernel(
      team,
      { operator, type },
      size,
      outputs.length,
    ));
    const piece = { operator, type, bytes, inputs, outputs };
    if (kernel === undefined) foldSlowly(turn, team, piece);
    else callFold(kernel, piece);
  };
  return { look, reduce };
}
