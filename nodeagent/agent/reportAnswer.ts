import { partKey } from '../../scheduler/model/ids.ts';
import type { AgentEffect } from './agentEffect.ts';
import type { AgentInput } from './agentInput.ts';
import type { AgentPart, AgentState } from './agentState.ts';
import { isStopped } from './suspending.ts';

/** What the scheduler's answer to a report changes: acknowledgements, lease, fence, identity. */
export function reportAnswered(
  state: AgentState,
  answer: Extract<AgentInput, { kind: 'reportAnswered' }>,
): AgentEffect[] {
  const { reporting } = state;
  if (answer.count !== reporting.inFlight) return [];
  reporting.inFlight = undefined;
  reporting.failures = 0;
  if (answer.heartbeatMs > 0) reporting.heartbeatMs = answer.heartbeatMs;
  reporting.spreadMs = answer.spreadMs;
  reporting.dueMs = answer.sentAtMs + reporting.heartbeatMs;
  if (answer.generation < state.generation) {
    const message =
      `a scheduler of generation ${answer.generation} answered, this node knows ` +
      `${state.generation}: its answer is ignored; was an old database started?`;
    return [{ kind: 'warn', message }];
  }
  return [
    ...adoptGeneration(state, answer.generation),
    ...acknowledge(state, answer.acknowledged),
    ...beginFence(state, answer),
    ...renewLease(state, answer.sentAtMs + answer.leaseMs),
  ];
}

/**
 * A backup was restored: the scheduler does not know what happened here since. It is told all of
 * that before this node takes its orders; a crash in between begins it anew.
 */
function adoptGeneration(state: AgentState, generation: number): AgentEffect[] {
  if (generation === state.generation) return [];
  state.reporting.changed = true;
  if (state.generation > 0 && !hasTold(state, generation)) return [];
  state.generation = generation;
  state.telling = undefined;
  return [{ kind: 'adoptIdentity', generation, epoch: state.epoch }];
}

function hasTold(state: AgentState, generation: number): boolean {
  if (state.telling?.generation === generation) state.telling.left.splice(0, state.telling.sent);
  else {
    const left = [...state.tombstones, ...state.parts.keys()];
    state.telling = { generation, left, sent: 0 };
  }
  return state.telling.left.length === 0;
}

function acknowledge(
  state: AgentState,
  ids: readonly { readonly job: number; readonly attempt: number; readonly part: number }[],
): AgentEffect[] {
  const known = ids
    .map((id) => state.parts.get(`${id.job}.${id.attempt}.${id.part}`))
    .filter((part) => part?.stage.kind === 'ended');
  const effects = known.flatMap((part) => (part ? bury(state, part) : []));
  // Ends that found no room in that report are owed now.
  const isOwed = [...state.parts.values()].some((part) => part.stage.kind === 'ended');
  if (effects.length > 0 && isOwed) state.reporting.changed = true;
  return effects;
}

function bury(state: AgentState, part: AgentPart): AgentEffect[] {
  state.parts.delete(partKey(part.id));
  state.tombstones.add(partKey(part.id));
  return [{ kind: 'buryPart', id: part.id }];
}

/** The lease counts from when the report left, not from when its answer came. */
function renewLease(state: AgentState, untilMs: number): AgentEffect[] {
  if (untilMs <= state.leaseUntilMs || state.fencingTo !== undefined) return [];
  state.leaseUntilMs = untilMs;
  return [...state.parts.values()]
    .filter((part) => part.stage.kind !== 'ended' && !isStopped(part))
    .map((part) => ({ kind: 'leasePart', id: part.id, untilMs }));
}

/** A newer epoch: whatever this node holds of older ones was given up and must end first. */
function beginFence(
  state: AgentState,
  answer: { readonly fence: boolean; readonly epoch: number },
): AgentEffect[] {
  if (answer.epoch <= state.epoch) return [];
  const begun = state.fencingTo !== undefined;
  state.fencingTo = Math.max(answer.epoch, state.fencingTo ?? 0);
  const message = `fenced to epoch ${state.fencingTo}: everything of epoch ${state.epoch} ends`;
  const olds = oldOnes(state).filter((part) => part.stage.kind !== 'ended');
  for (const part of olds) [part.ending, part.graceMs] = ['this node was fenced', undefined];
  return [
    ...(begun || !answer.fence ? [] : [{ kind: 'warn', message } as const]),
    ...olds.map((part) =>
      isStopped(part)
        ? ({ kind: 'killHost', id: part.id } as const)
        : ({
            kind: 'endPart',
            id: part.id,
            signal: undefined,
            why: 'this node was fenced',
          } as const),
    ),
  ];
}

const oldOnes = (state: AgentState): AgentPart[] =>
  [...state.parts.values()].filter((part) => part.epoch < (state.fencingTo ?? 0));

/** Adopts the new epoch as soon as nothing of an older one lives. */
export function settleFence(state: AgentState): AgentEffect[] {
  if (state.fencingTo === undefined) return [];
  const olds = oldOnes(state);
  if (olds.some((part) => part.stage.kind !== 'ended')) return [];
  state.epoch = state.fencingTo;
  state.fencingTo = undefined;
  state.reporting.changed = true;
  return [
    ...olds.flatMap((part) => bury(state, part)),
    { kind: 'adoptIdentity', generation: state.generation, epoch: state.epoch },
  ];
}
