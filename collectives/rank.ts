import type { CheckpointPort } from './checkpoint.ts';
import { NO_CHECKPOINTS } from './checkpoint.ts';
import { communicatorOf } from './communicator.ts';
import { openEndpoint } from './endpoint.ts';
import type { EndpointMemory } from './endpoint.ts';
import type { Group } from './group.ts';
import type { Communicator } from './kernel.ts';
import { layoutOf } from './layout.ts';
import { enterPhase } from './segments.ts';
import { openMemory } from './memory.ts';
import { startTogether } from './start.ts';
import { markLeft, usageCells } from './usage.ts';
import type { RankWiring } from './wiring.ts';
import { noRepeats } from './shared/repeat.ts';

/** Called in the rank's thread when the kernel names a phase or reports how far it is. */
export type RankHooks = {
  /** Waits for the other ranks of the part, which must do so too. */
  readonly startsTogether?: boolean;
  readonly onPhase?: (name: string) => void;
  readonly onProgress?: (fraction: number) => void;
  /** Absent: nothing is kept. */
  readonly checkpoints?: CheckpointPort;
  /** The last signal, told once. */
  readonly signalled?: () => number;
};

/**
 * Turns a rank's wiring into its communicator. Call it once, inside the rank's worker thread,
 * after the host's `connect` has resolved. Errors: CommunicatorArgumentError on a second call.
 */
export function connectRank(wiring: RankWiring, hooks: RankHooks = {}): Communicator {
  const place = wiring.memory as EndpointMemory;
  const layout = layoutOf(wiring.partOfRank, place.part);
  const endpoint = openEndpoint(wiring.rank, layout, place);
  const members = wiring.partOfRank.map((_, rank) => rank);
  const world: Group = {
    endpoint,
    id: 0,
    rank: wiring.rank,
    members,
    epoch: 0,
    team: undefined,
    repeats: noRepeats(),
  };
  const communicator = communicatorOf(world, {
    ids: { next: 1 },
    weights: wiring.weights,
    onPhase: (name) => {
      enterPhase(endpoint, name);
      hooks.onPhase?.(name);
    },
    onProgress: hooks.onProgress ?? (() => undefined),
    checkpoints: hooks.checkpoints ?? NO_CHECKPOINTS,
    signalled: hooks.signalled ?? (() => 0),
  });
  // Last, so that next to nothing lies between the common start and the kernel.
  if (hooks.startsTogether) startTogether(world);
  return communicator;
}

/**
 * Called in the rank's thread once its kernel has returned: how long the thread then takes to end is
 * no part of the run.
 */
export function kernelReturned(wiring: RankWiring): void {
  const place = wiring.memory as EndpointMemory;
  const layout = layoutOf(wiring.partOfRank, place.part);
  const memory = openMemory(place.wasm, layout);
  markLeft(usageCells(memory, layout.localIndex[wiring.rank] ?? 0));
}
