import type { Settings } from '../../scheduler/model/cluster.ts';
import type { NodeFacts } from '../../scheduler/model/node.ts';
import type { Random } from '../../scheduler/sim/random.ts';
import type { FaultPlan } from './faults.ts';
import type { HostParts } from './jobHosts.ts';
import type { Rule } from './rule.ts';

export type WorldOptions = {
  readonly settings: Settings;
  readonly facts: readonly NodeFacts[];
  readonly random: Random;
  readonly plan: FaultPlan;
  readonly without?: Rule | undefined;
  /** Silence after which an agent's report counts as lost; 10 s unless given. */
  readonly answerDeadlineMs?: number | undefined;
  readonly runtimeOf: HostParts['runtimeOf'];
};
