/** What a simulated node says of its parts: the words of a report for an agent's state. */
import type { AgentPart, AgentState } from '../../nodeagent/agent/agentState.ts';
import type { PartId } from '../../scheduler/model/ids.ts';
import { partKey } from '../../scheduler/model/ids.ts';
import type { NodeReport, ReportedPart } from '../../scheduler/model/input.ts';
import type { NodeFacts } from '../../scheduler/model/node.ts';
import type { SeenPart } from '../../scheduler/model/restoring.ts';
import type { PartEnd, PartOutcome } from '../../scheduler/model/outcome.ts';
import { timeMs } from '../../scheduler/model/time.ts';
import type { Folder } from './folder.ts';

/** The complete inventory that an agent sends. */
export const reportOf = (
  agent: AgentState,
  facts: NodeFacts,
  now: {
    readonly count: number;
    readonly wallMs: number;
    readonly folders: ReadonlyMap<string, Folder>;
    readonly tombstones: ReadonlyMap<string, SeenPart>;
  },
): NodeReport => ({
  generation: agent.generation,
  epoch: agent.epoch,
  sequence: { incarnation: agent.incarnation, count: now.count },
  sentAtMs: timeMs(now.wallMs),
  facts,
  telemetry: NO_TELEMETRY,
  parts: [...agent.parts.values()].map((part) => reported(part, now.folders.get(partKey(part.id)))),
  seen: (agent.telling?.left ?? []).slice(0, agent.telling?.sent).flatMap((key) => {
    const grave = now.tombstones.get(key);
    if (grave) return [grave];
    const part = agent.parts.get(key);
    return part ? [seenOf(part.id, now.folders.get(key))] : [];
  }),
});

/** What is known of a part from its folder, as nodeagent/part/seenPart.ts says it. */
export const seenOf = (id: PartId, folder: Folder | undefined): SeenPart => ({
  id,
  task: folder?.launch?.job.task,
  parts: folder?.launch?.parts.length ?? 0,
  outcome: folder?.end?.outcome,
  buried: false,
});

function reported({ id, stage }: AgentPart, folder: Folder | undefined): ReportedPart {
  if (stage.kind === 'ended' && folder?.end) {
    return { id, stage: 'ended', endedMs: timeMs(folder.endedWallMs), end: folder.end };
  }
  if (stage.kind !== 'running') return { id, stage: 'accepted' };
  const { startedMs, listens, wired, progress, terms } = stage;
  return { id, stage: 'running', startedMs: timeMs(startedMs), listens, wired, progress, terms };
}

/** As nodeagent/part/foundParts.ts finds it. */
export function foundPart({ id, epoch, stopped, ...folder }: Folder): AgentPart {
  const common = { id, epoch, ending: undefined, peers: undefined };
  if (!stopped || !folder.alive) return { ...common, stage: { kind: 'accepted' } };
  const terms = { timeLimitMs: folder.launch?.job.request.timeLimitMs ?? 0, suspended: true };
  const { startedWallMs: startedMs } = folder;
  const running = { startedMs, listens: undefined, wired: true, progress: undefined };
  return { ...common, stage: { kind: 'running', ...running, terms, stopped: true } };
}

/** As the agent says of a host that is gone without a record. */
export const KILLED: PartOutcome = { kind: 'lost', why: 'its job host was killed' };

export const NOTHING_LEFT: Omit<PartEnd, 'outcome' | 'elapsedMs'> = {
  usage: [],
  output: [],
  files: [],
  result: undefined,
  peakMemoryBytes: undefined,
  throttled: false,
};

const NO_TELEMETRY = {
  load: 0,
  memoryAvailableBytes: 0,
  temperatureMilliC: undefined,
  throttledBits: undefined,
  frequencyHz: undefined,
};
