import type { PartId } from '../../scheduler/model/ids.ts';
import { partKey } from '../../scheduler/model/ids.ts';
import type { AgentEffect } from './agentEffect.ts';
import type { AgentInput } from './agentInput.ts';
import type { AgentPart, AgentState } from './agentState.ts';
import { planReport, reportFailed, schedulerHeard } from './reporting.ts';
import { reportAnswered, settleFence } from './reportAnswer.ts';
import { isStopped, mayGoOn, mayStop, wakeHost } from './suspending.ts';

/**
 * The agent's door: takes an input, changes the state, returns what the shell must do. The
 * rules are those of docs/architecture.md, "Launch protocol": every order is safe to repeat,
 * nothing starts twice, nothing is forgotten before the scheduler has recorded it.
 */
export function step(state: AgentState, input: AgentInput): { effects: AgentEffect[] } {
  const effects = [...react(state, input), ...settleFence(state), ...planReport(state, input.atMs)];
  return { effects };
}

function react(state: AgentState, input: AgentInput): AgentEffect[] {
  switch (input.kind) {
    case 'launchOrdered':
      return launch(state, input);
    case 'acceptFailed':
      state.parts.delete(partKey(input.id));
      return [];
    case 'wireOrdered':
      return wire(state, input);
    case 'termsOrdered':
      return setTerms(state, input);
    case 'endOrdered':
      return end(state, input);
    case 'hostConnected':
      return remind(state, input.id);
    case 'partRunning':
      return running(state, input);
    case 'partProgressed':
      return progressed(state, input);
    case 'checkpointWritten':
      return checkpointWritten(state, input);
    case 'checkpointStored':
      return checkpointStored(state, input);
    case 'partEnded':
      return ended(state, input.id);
    case 'reportAnswered':
      return reportAnswered(state, input);
    case 'reportFailed':
      return reportFailed(state, input);
    case 'linkChanged':
      state.reporting.linkUp = input.up;
      if (input.up) schedulerHeard(state);
      return [];
    case 'reportWanted':
      schedulerHeard(state);
      return [];
    case 'woken':
      return [];
  }
}

const KILL = 9;

type Of<K extends AgentInput['kind']> = Extract<AgentInput, { kind: K }>;

/** An order of another generation is void; the report that follows clears up who is right. */
function isVoid(state: AgentState, generation: number): boolean {
  schedulerHeard(state);
  return generation !== state.generation;
}

function launch(state: AgentState, order: Of<'launchOrdered'>): AgentEffect[] {
  const key = partKey(order.id);
  if (isVoid(state, order.generation)) return [];
  if (order.epoch !== state.epoch || state.fencingTo !== undefined) return [];
  if (state.parts.has(key) || state.tombstones.has(key)) return [];
  if (order.atMs >= state.leaseUntilMs) return [];
  state.parts.set(key, {
    id: order.id,
    epoch: order.epoch,
    stage: { kind: 'accepted' },
    ending: undefined,
    peers: undefined,
  });
  return [
    { kind: 'startPart', id: order.id },
    { kind: 'leasePart', id: order.id, untilMs: state.leaseUntilMs },
  ];
}

function wire(state: AgentState, order: Of<'wireOrdered'>): AgentEffect[] {
  const part = state.parts.get(partKey(order.id));
  if (isVoid(state, order.generation) || !part) return [];
  if (part.stage.kind === 'ended' || (part.stage.kind === 'running' && part.stage.wired)) return [];
  part.peers = order.peers;
  return [{ kind: 'wirePart', id: part.id, peers: order.peers }];
}

function setTerms(state: AgentState, order: Of<'termsOrdered'>): AgentEffect[] {
  const { id, terms } = order;
  const part = liveOne(state, id);
  if (isVoid(state, order.generation) || !part) return [];
  const wakes = isStopped(part) && !terms.suspended;
  // It comes again, when there is a lease.
  if (wakes && !mayGoOn(state, part, order.atMs)) return [];
  part.terms = { ...terms, suspended: terms.suspended ?? false };
  return [{ kind: 'setTerms', id, terms }, ...(wakes ? wakeHost(state, part) : [])];
}

function end(state: AgentState, order: Of<'endOrdered'>): AgentEffect[] {
  if (isVoid(state, order.generation)) return [];
  const key = partKey(order.id);
  const part = state.parts.get(key);
  if (part) {
    if (part.stage.kind === 'ended') return [];
    const { signal, why, graceMs } = order;
    if (signal === undefined) [part.ending, part.graceMs] = [why, graceMs];
    const endPart = { kind: 'endPart', id: part.id, signal, why, graceMs } as const;
    if (!isStopped(part) || (signal !== undefined && signal !== KILL)) return [endPart];
    return mayGoOn(state, part, order.atMs)
      ? [endPart, ...wakeHost(state, part)]
      : [{ kind: 'killHost', id: part.id }];
  }
  if (state.tombstones.has(key) || order.signal !== undefined) return [];
  state.parts.set(key, {
    id: order.id,
    epoch: state.epoch,
    stage: { kind: 'accepted' },
    ending: order.why,
    peers: undefined,
  });
  return [{ kind: 'neverStart', id: order.id, why: `ended before it started: ${order.why}` }];
}

/** A host that comes back may have missed what it was told meanwhile. */
function remind(state: AgentState, id: PartId): AgentEffect[] {
  const part = state.parts.get(partKey(id));
  if (!part) return [{ kind: 'endPart', id, signal: undefined, why: 'this node no longer has it' }];
  const owed: AgentEffect[] = [];
  if (state.leaseUntilMs > 0) owed.push({ kind: 'leasePart', id, untilMs: state.leaseUntilMs });
  if (part.peers) owed.push({ kind: 'wirePart', id, peers: part.peers });
  if (part.ending !== undefined)
    owed.push({
      kind: 'endPart',
      id,
      signal: undefined,
      why: part.ending,
      graceMs: part.graceMs,
    });
  return owed;
}

function running(state: AgentState, said: Of<'partRunning'>): AgentEffect[] {
  const part = liveOne(state, said.id);
  if (!part) return [];
  const { startedMs, listens, wired, terms } = said;
  const stopped = said.stop === true && mayStop(part);
  const progress = part.stage.kind === 'running' ? part.stage.progress : undefined;
  part.stage = { kind: 'running', startedMs, listens, wired, progress, terms, stopped };
  state.reporting.changed = true;
  return stopped ? [{ kind: 'stopHost', id: part.id }] : [];
}

function progressed(state: AgentState, said: Of<'partProgressed'>): AgentEffect[] {
  const part = liveOne(state, said.id);
  if (part?.stage.kind === 'running') part.stage = { ...part.stage, progress: said.fraction };
  return [];
}

function checkpointWritten(state: AgentState, said: Of<'checkpointWritten'>): AgentEffect[] {
  const { id, sequence } = said;
  const part = liveOne(state, id);
  if (!part) return [];
  const isStored = (part.checkpoint?.sequence ?? 0) >= sequence;
  return [{ kind: isStored ? 'checkpointIsStored' : 'storeCheckpoint', id, sequence }];
}

function checkpointStored(state: AgentState, stored: Of<'checkpointStored'>): AgentEffect[] {
  const { id, checkpoint } = stored;
  const part = liveOne(state, id);
  if (!part || (part.checkpoint?.sequence ?? 0) >= checkpoint.sequence) return [];
  part.checkpoint = checkpoint;
  state.reporting.changed = true;
  return [{ kind: 'checkpointIsStored', id, sequence: checkpoint.sequence }];
}

function ended(state: AgentState, id: PartId): AgentEffect[] {
  const part = liveOne(state, id);
  if (part) {
    part.stage = { kind: 'ended' };
    state.reporting.changed = true;
  }
  return [];
}

function liveOne(state: AgentState, id: PartId): AgentPart | undefined {
  const part = state.parts.get(partKey(id));
  return part?.stage.kind === 'ended' ? undefined : part;
}
