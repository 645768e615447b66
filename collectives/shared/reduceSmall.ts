import type { TypedArray } from '../elementType.ts';
import type { Turn } from '../group.ts';
import { BLOCK_SCRATCH, MEMBER_STRIDE, PARITY_STRIDE, blockOf } from '../layout.ts';
import type { MeetingKernel } from '../wasm/kernelCache.ts';
import { smallArguments } from '../wasm/tradeKernel.ts';
import { fold } from './fold.ts';
import { meetingOf } from './meeting.ts';
import { arrayAt, copyArray, placeOf } from './place.ts';
import type { Plan } from './plan.ts';
import { inOneMeeting } from './plan.ts';
import type { Reduction } from './reduceTogether.ts';
import { resultStage, stageOf } from './team.ts';
import type { Team } from './team.ts';

/**
 * Reductions of a few bytes: every rank reduces everything for itself, and one meeting is enough.
 * One element travels in the line of the meeting, more lie in the stages.
 */
export function planSmall(turn: Turn, team: Team, work: Reduction): Plan {
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

type WithKernel = Reduction & { readonly kernel: MeetingKernel };

/** What moves is counted as if every rank had sent its data to every other. */
const traffic = ({ size }: Team, bytes: number) => ({ sent: bytes, received: bytes * (size - 1) });

function planTiny(turn: Turn, team: Team, work: WithKernel): Plan {
  const { kernel, type, data, result } = work;
  const { endpoint } = team;
  const bytes = data.byteLength;
  const scratch = blockOf(endpoint.layout, endpoint.local) + BLOCK_SCRATCH;
  const input = placeOf(endpoint, data);
  const output = result === undefined ? 0 : placeOf(endpoint, result);
  const addresses = [input || scratch, output || scratch + 8];
  const given = arrayAt(endpoint, type, { address: scratch, bytes });
  const reduced = arrayAt(endpoint, type, { address: scratch + 8, bytes });
  return inOneMeeting(
    meetingOf(turn, team, { kernel, arguments: addresses, ...traffic(team, bytes) }),
    undefined,
    {
      before: input === 0 ? () => void (given[0] = data[0] ?? 0) : undefined,
      after:
        output === 0 && result !== undefined ? () => void (result[0] = reduced[0] ?? 0) : undefined,
    },
  );
}

function planKernel(turn: Turn, team: Team, work: WithKernel): Plan {
  const { kernel, type, data, result } = work;
  const { endpoint, me } = team;
  const bytes = data.byteLength;
  const source = placeOf(endpoint, data);
  const place = result === undefined ? 0 : placeOf(endpoint, result);
  const stages = [0, 1].map((parity) =>
    arrayAt(endpoint, type, { address: stageOf(team, me, parity), bytes }),
  );
  const own = resultStage(team);
  const reduced = arrayAt(endpoint, type, { address: own, bytes });
  const moved = smallArguments({
    source,
    given: source === 0 ? 0 : bytes,
    stage: stageOf(team, me, 0),
    stride: PARITY_STRIDE,
    target: result === undefined ? 0 : place || own,
    from: stageOf(team, 0, 0),
    bytes,
  });
  return inOneMeeting(
    meetingOf(turn, team, { kernel, arguments: moved, ...traffic(team, bytes) }),
    undefined,
    {
      before:
        source === 0
          ? () => copyArray(stages[(team.sequence + 1) & 1] as TypedArray, data)
          : undefined,
      after: place === 0 && result !== undefined ? () => copyArray(result, reduced) : undefined,
    },
  );
}

/** With an operator that the machine has not. */
function planLoops(turn: Turn, team: Team, work: Reduction): Plan {
  const { operator, type, data, result } = work;
  const { endpoint, me } = team;
  const bytes = data.byteLength;
  const meeting = meetingOf(turn, team, traffic(team, bytes));
  const at = (parity: number): TypedArray =>
    arrayAt(endpoint, type, { address: stageOf(team, me, parity), bytes });
  const own = resultStage(team);
  const take = (): void => {
    if (result === undefined) return;
    const inputs = team.ranks.map((_, member) => stageOf(team, member, team.sequence));
    fold(turn, team, { operator, type, bytes, inputs, outputs: [own] });
    copyArray(result, arrayAt(endpoint, type, { address: own, bytes }));
  };
  return inOneMeeting(meeting, undefined, {
    before: () => copyArray(at(team.sequence + 1), data),
    after: take,
  });
}
