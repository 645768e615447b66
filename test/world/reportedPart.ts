/** What a simulated node says of its parts: the words of a report for an agent's state. */
import type { Stage } from '../../nodeagent/agent/agentState.ts';
import type { PartId } from '../../scheduler/model/ids.ts';
import type { ReportedPart } from '../../scheduler/model/input.ts';
import type { PartEnd, PartOutcome } from '../../scheduler/model/outcome.ts';
import { timeMs } from '../../scheduler/model/time.ts';

export function reported(
  id: PartId,
  stage: Stage,
  end: PartEnd | undefined,
  nowMs: number,
): ReportedPart {
  if (stage.kind === 'ended' && end) return { id, stage: 'ended', endedMs: timeMs(nowMs), end };
  if (stage.kind !== 'running') return { id, stage: 'accepted' };
  const { startedMs, listens, wired, progress } = stage;
  return { id, stage: 'running', startedMs: timeMs(startedMs), listens, wired, progress };
}

export const KILLED: PartOutcome = {
  kind: 'exited',
  exit: { code: 0, signal: 9 },
  failure: undefined,
};

export const NOTHING_LEFT: Omit<PartEnd, 'outcome' | 'elapsedMs'> = {
  usage: [],
  output: [],
  files: [],
  result: undefined,
  peakMemoryBytes: undefined,
  throttled: false,
};

export const NO_TELEMETRY = {
  load: 0,
  memoryAvailableBytes: 0,
  temperatureMilliC: undefined,
  throttledBits: undefined,
  frequencyHz: undefined,
};
