import type { TypedArray } from '../elementType.ts';
import type { Turn } from '../group.ts';
import { BLOCK_SCRATCH, MEMBER_STRIDE, blockOf } from '../layout.ts';
import { addReceived, addSent } from '../usage.ts';
import type { Kernel } from '../wasm/kernelCache.ts';
import { fold } from './fold.ts';
import { arrayAt, copyArray, placeOf } from './place.ts';
import type { Reduction } from './reduceTogether.ts';
import { hold, plainMeeting, stageOf } from './team.ts';
import type { Meeting, Team } from './team.ts';

/**
 * Reductions of a few bytes: every rank reduces everything for itself, and one meeting is enough.
 * One element travels in the line of the meeting, more lie in the stages.
 */
export function planSmall(turn: Turn, team: Team, work: Reduction): () => void {
  const { operator, type, data } = work;
  const { kernels } = team.endpoint;
  if (typeof operator !== 'function' && data.length > 0) {
    const tiny = data.length === 1 ? kernels.tiny(type, operator) : undefined;
    if (tiny !== undefined) return planTiny(turn, team, { ...work, kernel: tiny });
    const shape = { size: team.size, stride: MEMBER_STRIDE };
    const small = kernels.small(type, operator, shape);
    if (small !== undefined) return planKernel(turn, team, { ...work, kernel: small });
  }
  return planLoops(turn, team, work);
}

type WithKernel = Reduction & { readonly kernel: Kernel };

/** Counts what moves, as if every rank had sent its data to every other. */
function counted({ endpoint, size }: Team, bytes: number): void {
  addSent(endpoint.usage, bytes);
  addReceived(endpoint.usage, bytes * (size - 1));
}

function planTiny(turn: Turn, team: Team, work: WithKernel): () => void {
  const { kernel, type, data, result } = work;
  const { endpoint, at, me, size } = team;
  const bytes = data.byteLength;
  const scratch = blockOf(endpoint.layout, endpoint.local) + BLOCK_SCRATCH;
  const input = placeOf(endpoint, data);
  const output = result === undefined ? 0 : placeOf(endpoint, result);
  const from = input || scratch;
  const to = output || scratch + 8;
  const given = arrayAt(endpoint, type, { address: scratch, bytes });
  const reduced = arrayAt(endpoint, type, { address: scratch + 8, bytes });
  const { polls } = endpoint;
  const attempt = (sleepers: number): number =>
    kernel(at, me, size, team.sequence, turn.signature, polls, sleepers, from, to);
  const meeting: Meeting = { ...plainMeeting(turn, team), attempt };
  return () => {
    counted(team, bytes);
    if (input === 0) given[0] = data[0] ?? 0;
    hold(meeting);
    if (output === 0 && result !== undefined) result[0] = reduced[0] ?? 0;
  };
}

function planKernel(turn: Turn, team: Team, work: WithKernel): () => void {
  const { kernel, type, data, result } = work;
  const { endpoint, at, me, size } = team;
  const bytes = data.byteLength;
  const input = placeOf(endpoint, data);
  const place = result === undefined ? 0 : placeOf(endpoint, result);
  const stages = [0, 1].map((parity) => stageOf(team, 0, parity));
  const own = [0, 1].map((parity) => stageOf(team, me, parity));
  // Our own stage of the other parity is free: everybody has finished with it.
  const views = own.map((address) => arrayAt(endpoint, type, { address, bytes }));
  const { polls } = endpoint;
  const attempt = (sleepers: number): number => {
    const { sequence } = team;
    const parity = sequence & 1;
    const stage = own[parity] ?? 0;
    const output = result === undefined ? 0 : place || (own[1 - parity] ?? 0);
    const copied = input === 0 ? stage : input;
    const { signature } = turn;
    const gathered = stages[parity] ?? 0;
    return kernel(
      at,
      me,
      size,
      sequence,
      signature,
      polls,
      sleepers,
      copied,
      stage,
      bytes,
      output,
      gathered,
    );
  };
  const meeting: Meeting = { ...plainMeeting(turn, team), attempt };
  return () => {
    counted(team, bytes);
    if (input === 0) copyArray(views[(team.sequence + 1) & 1] as TypedArray, data);
    hold(meeting);
    if (place !== 0 || result === undefined) return;
    copyArray(result, views[(team.sequence + 1) & 1] as TypedArray);
  };
}

/** With an operator that the machine has not. */
function planLoops(turn: Turn, team: Team, work: Reduction): () => void {
  const { operator, type, data, result } = work;
  const { endpoint, me } = team;
  const bytes = data.byteLength;
  const meeting = plainMeeting(turn, team);
  const at = (parity: number): TypedArray =>
    arrayAt(endpoint, type, { address: stageOf(team, me, parity), bytes });
  return () => {
    counted(team, bytes);
    copyArray(at(team.sequence + 1), data);
    hold(meeting);
    if (result === undefined) return;
    const inputs = team.ranks.map((_, member) => stageOf(team, member, team.sequence));
    const outputs = [stageOf(team, me, team.sequence + 1)];
    fold(turn, team, { operator, type, bytes, inputs, outputs });
    copyArray(result, at(team.sequence + 1));
  };
}
