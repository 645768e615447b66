import { allreduce } from './allreduce.ts';
import { barrier } from './barrier.ts';
import type { Endpoint } from './endpoint.ts';
import type { Group } from './group.ts';
import { WORD_ARRIVED } from './layout.ts';
import { isPoisoned } from './poison.ts';
import { restartSegments } from './segments.ts';
import { noRepeats } from './shared/repeat.ts';
import { worldTeam } from './shared/team.ts';
import { markStarted } from './usage.ts';

/**
 * The ranks of a part begin together, and after calls that cost far more when made for the first
 * time: how long threads take to start, and programs to be compiled, is then no part of what the
 * accounting calls useful or blocked. Nobody waits for a rank that failed before it came here, nor
 * for ever: this is about measuring, and the kernel's own first collective finds what is wrong.
 */
const LONGEST_MS = 20_000;
const STEP_MS = 100;
/** Some rank goes on without the others. */
const GIVEN_UP = 1 << 30;
/** Beside the ids of communicators, so that nothing here counts as a call of the world. */
const WARM_UP = -1;

export function startTogether(world: Group): void {
  const { endpoint } = world;
  if (allArrive(endpoint)) warmUp(world);
  markStarted(endpoint.usage);
  restartSegments(endpoint);
}

/** False for every rank of the part if it is for one. */
function allArrive({ memory, layout }: Endpoint): boolean {
  const { words } = memory;
  const ranks = layout.localRanks.length;
  let arrived = Atomics.add(words, WORD_ARRIVED, 1) + 1;
  if (arrived === ranks) Atomics.notify(words, WORD_ARRIVED);
  const untilMs = performance.now() + LONGEST_MS;
  while (arrived < ranks) {
    if (isPoisoned(memory) || performance.now() > untilMs)
      Atomics.compareExchange(words, WORD_ARRIVED, arrived, arrived | GIVEN_UP);
    else Atomics.wait(words, WORD_ARRIVED, arrived, STEP_MS);
    arrived = Atomics.load(words, WORD_ARRIVED);
  }
  return arrived === ranks;
}

/** The world's meeting place is used, and its meetings are counted on. */
function warmUp(world: Group): void {
  const { endpoint } = world;
  const { localRanks } = endpoint.layout;
  world.team = worldTeam(world);
  const part: Group = {
    endpoint,
    id: WARM_UP,
    rank: endpoint.local,
    members: localRanks,
    epoch: 0,
    team: world.team,
    repeats: noRepeats(),
  };
  try {
    for (let round = 0; round < 2; round++)
      allreduce(part, { data: 1, operator: 'sum', into: undefined });
    barrier(part);
  } catch {
    // The attempt is over; whoever calls next is told why.
  }
}
