import type { AgentEffect } from './agentEffect.ts';
import type { AgentPart, AgentState } from './agentState.ts';

/**
 * Hosts of kernels are stopped as a whole while their part is suspended: they watch no lease then,
 * and hear nothing. A stopped host runs nobody's code, so that it may outlive its lease; but it is
 * continued only under one, because after it the part may run elsewhere. Else it is killed.
 */
export const isStopped = ({ stage }: AgentPart): boolean =>
  stage.kind === 'running' && stage.stopped === true;

/** Whether a host may be continued now. */
export const mayGoOn = (state: AgentState, part: AgentPart, atMs: number): boolean =>
  atMs < state.leaseUntilMs && part.epoch === state.epoch && state.fencingTo === undefined;

/** To be told after what the host shall do; nothing for one that is not stopped. */
export function wakeHost(state: AgentState, { id }: AgentPart): AgentEffect[] {
  return [
    { kind: 'leasePart', id, untilMs: state.leaseUntilMs },
    { kind: 'continueHost', id },
  ];
}

/** What its host says must be undone at once: it asks to be stopped and is wanted otherwise. */
export const mayStop = (part: AgentPart): boolean =>
  part.ending === undefined && part.terms?.suspended !== false;
