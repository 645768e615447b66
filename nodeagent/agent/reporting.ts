import type { AgentEffect } from './agentEffect.ts';
import type { AgentInput } from './agentInput.ts';
import type { AgentState } from './agentState.ts';

/**
 * When the complete inventory is sent: every heartbeat, at once on a change or when the
 * scheduler is heard again, and ever more seldom (up to a minute) while nobody answers. One
 * report is in flight at a time, so a burst of changes makes two reports, not a hundred.
 */
const SLOWEST_MS = 60_000;
/** Silence after which a report counts as lost. */
export const ANSWER_DEADLINE_MS = 5_000;
/** So that a report stays a small message. */
const TOLD_AT_ONCE = 1_000;

/** The scheduler or the broker is there: whatever is owed may be said now. */
export function schedulerHeard(state: AgentState): void {
  state.reporting.failures = 0;
  state.reporting.changed = true;
  state.reporting.heardSince = state.reporting.inFlight !== undefined;
}

export function planReport(state: AgentState, atMs: number): AgentEffect[] {
  const { reporting } = state;
  if (!reporting.linkUp || reporting.inFlight !== undefined) return [];
  const urgent = reporting.changed && reporting.failures === 0;
  if (!urgent && atMs < reporting.dueMs) return [{ kind: 'wakeAt', atMs: reporting.dueMs }];
  reporting.count += 1;
  reporting.inFlight = reporting.count;
  reporting.heardSince = false;
  reporting.changed = false;
  if (state.telling) state.telling.sent = Math.min(TOLD_AT_ONCE, state.telling.left.length);
  reporting.dueMs = atMs + reporting.heartbeatMs;
  return [{ kind: 'sendReport', count: reporting.count }];
}

/**
 * One report, or its answer, is lost now and then: said again at once it does not make a node seem
 * silent, which waiting for the next beat would.
 */
const waitAfter = (failures: number, heartbeatMs: number): number =>
  failures === 0 ? 0 : Math.min(SLOWEST_MS, heartbeatMs * 2 ** (failures - 2));

export function reportFailed(
  state: AgentState,
  input: Extract<AgentInput, { kind: 'reportFailed' }>,
): AgentEffect[] {
  const { reporting } = state;
  if (input.count !== reporting.inFlight) return [];
  reporting.inFlight = undefined;
  if (reporting.heardSince) {
    // It was lost before the scheduler came back: what failed says nothing of now.
    reporting.heardSince = false;
    reporting.changed = true;
    return [];
  }
  const waitMs = waitAfter(reporting.failures, reporting.heartbeatMs);
  reporting.failures += 1;
  reporting.changed = true;
  reporting.dueMs = input.atMs + waitMs;
  return [];
}
