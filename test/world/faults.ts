/** The menu of faults: a plan of what breaks and when, drawn anew for every seed. */
import type { Random } from '../../scheduler/sim/random.ts';
import { createRandom } from '../../scheduler/sim/random.ts';

/** `node` counts from 0. */
export type Fault = {
  readonly afterMs: number;
} /** Dies between two steps, in a step before its commit, or after the commit with all unsaid. */ & (
  | {
      readonly kind: 'schedulerCrash';
      readonly point: 'idle' | 'beforeCommit' | 'afterCommit';
      readonly downMs: number;
    }
  /** Its disk is gone; a backup of `ageMs` ago takes its place. */
  | { readonly kind: 'restore'; readonly ageMs: number; readonly downMs: number }
  | { readonly kind: 'schedulerPause'; readonly forMs: number }
  /** The wall clock of the scheduler's machine is set forward. */
  | { readonly kind: 'clockJump'; readonly byMs: number }
  | { readonly kind: 'agentCrash'; readonly node: number; readonly downMs: number }
  /** Dies at its next act of this kind, before or after it reached the disk. */
  | {
      readonly kind: 'agentFailpoint';
      readonly node: number;
      readonly act: AgentAct;
      readonly durable: boolean;
      readonly downMs: number;
    }
  | { readonly kind: 'agentPause'; readonly node: number; readonly forMs: number }
  | { readonly kind: 'hostKill'; readonly node: number }
  | { readonly kind: 'powerCut'; readonly node: number; readonly downMs: number }
  /** Its disk is new when the power comes back. */
  | { readonly kind: 'diskLost'; readonly node: number; readonly downMs: number }
  | {
      readonly kind: 'partition';
      readonly node: number;
      readonly way: Way | 'both';
      readonly forMs: number;
    }
  /** Nothing passes, then everything at once. */
  | { readonly kind: 'clog'; readonly node: number; readonly forMs: number }
  /** What is under way is gone. */
  | { readonly kind: 'brokerCrash'; readonly downMs: number }
);

/** `up`: from a node or user to the scheduler. */
export type Way = 'up' | 'down';
export type AgentAct = 'startPart' | 'buryPart' | 'adoptIdentity';

export type Conditions = {
  readonly loss: number;
  readonly duplication: number;
  readonly maxDelayMs: number;
  /** Share of messages that come very much later. */
  readonly stragglers: number;
  /** Greatest deviation of a node's clock rate. */
  readonly drift: number;
};

export type FaultPlan = { readonly conditions: Conditions; readonly faults: readonly Fault[] };

export const CALM: Conditions = {
  loss: 0,
  duplication: 0,
  maxDelayMs: 5,
  stragglers: 0,
  drift: 0,
};

const KINDS = [
  'schedulerCrash',
  'restore',
  'schedulerPause',
  'clockJump',
  'agentCrash',
  'agentFailpoint',
  'agentPause',
  'hostKill',
  'powerCut',
  'diskLost',
  'partition',
  'clog',
  'brokerCrash',
] as const satisfies readonly Fault['kind'][];

const FEWEST = 28;
const MOST = 44;

export function drawFaults(seed: number, world: { nodes: number; spanMs: number }): FaultPlan {
  const random = createRandom(seed ^ 0x5eed);
  // A swarm: each world leaves out some kinds, so that none hides the others.
  const chosen = KINDS.filter(() => random.chance(0.6));
  const kinds = chosen.length > 0 ? chosen : KINDS;
  const faults = Array.from({ length: random.whole(FEWEST, MOST) }, (): Fault => {
    const afterMs = random.whole(1_000, world.spanMs);
    return drawFault(random, random.pick(kinds) ?? 'agentCrash', {
      afterMs,
      node: random.whole(0, world.nodes - 1),
    });
  });
  return {
    conditions: drawConditions(random),
    faults: faults.sort((a, b) => a.afterMs - b.afterMs),
  };
}

function drawConditions(random: Random): Conditions {
  return {
    loss: random.chance(0.7) ? random.unit() * 0.3 : 0,
    duplication: random.chance(0.6) ? random.unit() * 0.25 : 0,
    maxDelayMs: random.pick([5, 200, 3_000, 15_000]) ?? 5,
    stragglers: random.chance(0.4) ? 0.02 : 0,
    drift: random.chance(0.6) ? 0.01 : 0,
  };
}

type Where = { readonly afterMs: number; readonly node: number };

function drawFault(random: Random, kind: Fault['kind'], { afterMs, node }: Where): Fault {
  const downMs = random.whole(100, 40_000);
  switch (kind) {
    case 'schedulerCrash': {
      const point = random.pick(['idle', 'beforeCommit', 'afterCommit'] as const) ?? 'idle';
      return { kind, afterMs, point, downMs };
    }
    case 'restore':
      return { kind, afterMs, ageMs: random.whole(0, 60_000), downMs };
    case 'schedulerPause':
      return { kind, afterMs, forMs: random.whole(500, 30_000) };
    case 'clockJump':
      return { kind, afterMs, byMs: random.whole(10_000, 86_400_000) };
    case 'agentCrash':
      return { kind, afterMs, node, downMs };
    case 'agentFailpoint': {
      const act = random.pick(['startPart', 'startPart', 'buryPart', 'adoptIdentity'] as const);
      const durable = random.chance(0.5);
      return { kind, afterMs, node, act: act ?? 'startPart', durable, downMs };
    }
    case 'agentPause':
      return { kind, afterMs, node, forMs: random.whole(500, 70_000) };
    case 'hostKill':
      return { kind, afterMs, node };
    case 'powerCut':
    case 'diskLost':
      return { kind, afterMs, node, downMs: random.whole(3_000, 200_000) };
    case 'partition': {
      const way = random.pick(['both', 'both', 'up', 'down'] as const) ?? 'both';
      return { kind, afterMs, node, way, forMs: random.whole(1_000, 150_000) };
    }
    case 'clog':
      return { kind, afterMs, node, forMs: random.whole(1_000, 70_000) };
    case 'brokerCrash':
      return { kind, afterMs, downMs: random.whole(100, 20_000) };
  }
}
