import { communicatorOf } from './communicator.ts';
import { openEndpoint } from './endpoint.ts';
import type { EndpointMemory } from './endpoint.ts';
import type { Communicator } from './kernel.ts';
import { layoutOf } from './layout.ts';
import { enterPhase } from './segments.ts';
import { startTogether } from './start.ts';
import type { RankWiring } from './wiring.ts';

/** Called in the rank's thread when the kernel names a phase or reports how far it is. */
export type RankHooks = {
  /** Waits for the other ranks of the part, which must do so too. */
  readonly startsTogether?: boolean;
  readonly onPhase?: (name: string) => void;
  readonly onProgress?: (fraction: number) => void;
};

/**
 * Turns a rank's wiring into its communicator. Call it once, inside the rank's worker thread,
 * after the host's `connect` has resolved. Errors: CommunicatorArgumentError on a second call.
 */
export function connectRank(wiring: RankWiring, hooks: RankHooks = {}): Communicator {
  const place = wiring.memory as EndpointMemory;
  const layout = layoutOf(wiring.partOfRank, place.part);
  const endpoint = openEndpoint(wiring.rank, layout, place);
  if (hooks.startsTogether) startTogether(endpoint);
  const members = wiring.partOfRank.map((_, rank) => rank);
  const world = {
    endpoint,
    id: 0,
    rank: wiring.rank,
    members,
    epoch: 0,
    team: undefined,
    repeats: [],
  };
  return communicatorOf(world, {
    ids: { next: 1 },
    weights: wiring.weights,
    onPhase: (name) => {
      enterPhase(endpoint, name);
      hooks.onPhase?.(name);
    },
    onProgress: hooks.onProgress ?? (() => undefined),
  });
}
