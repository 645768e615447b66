import { NO_ROOT } from '../../collectives/call.ts';
import { FLOAT64 } from '../../collectives/elementType.ts';
import { openEndpoint } from '../../collectives/endpoint.ts';
import { begin } from '../../collectives/group.ts';
import type { Group } from '../../collectives/group.ts';
import { layoutOf } from '../../collectives/layout.ts';
import { createMemory } from '../../collectives/memory.ts';
import { hold, holdCounted, meetingOf } from '../../collectives/shared/meeting.ts';
import { noRepeats } from '../../collectives/shared/repeat.ts';
import { worldTeam } from '../../collectives/shared/team.ts';

const CALLS = 100_000;
const ROUNDS = 100;

/**
 * Microseconds that the accounting's bookkeeping adds to a small collective: of a rank that meets
 * nobody but itself, so that none of it hides behind the wait for another.
 */
export function instrumentationUs(): number {
  const layout = layoutOf([0], 0);
  const memory = createMemory(layout);
  const place = { wasm: memory.wasm, part: 0, channel: 'bench', timeoutSeconds: 0, cores: 2 };
  const endpoint = openEndpoint(0, layout, place);
  const world: Group = {
    endpoint,
    id: 0,
    rank: 0,
    members: [0],
    epoch: 0,
    team: undefined,
    repeats: noRepeats(),
  };
  const call = { collective: 'allreduce', type: FLOAT64, operator: 'sum' } as const;
  const turn = begin(world, { ...call, count: 1, root: NO_ROOT });
  const team = worldTeam(world);
  const plain = meetingOf(turn, team);
  const counted = meetingOf(turn, team, { sent: 8, received: 8 });
  let [without, together] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    for (let i = 0; i < CALLS; i++) hold(plain);
    const between = performance.now();
    for (let i = 0; i < CALLS; i++) holdCounted(counted);
    without = Math.min(without, between - began);
    together = Math.min(together, performance.now() - between);
  }
  return ((together - without) * 1000) / CALLS;
}
