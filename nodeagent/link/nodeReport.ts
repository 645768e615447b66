import { encodeMessage, pibatch } from '../../proto/codec.ts';
import type { PartId } from '../../scheduler/model/ids.ts';
import type { AgentPart, AgentState, StoredCheckpoint } from '../agent/agentState.ts';
import type { Inventory } from '../discovery/inventory.ts';
import type { Telemetry } from '../discovery/telemetry.ts';

/**
 * The agent's complete inventory as a message. Every part is in it, always; when the ends of many
 * parts would not fit below the limit of a message, the rest are still shown as running, and
 * follow as soon as the first are acknowledged.
 */
export type ReportOptions = {
  readonly state: AgentState;
  readonly inventory: Inventory;
  readonly weight: number;
  readonly telemetry: Telemetry;
  readonly version: string;
  readonly sentAtMs: number;
  readonly endOf: (id: PartId) => pibatch.Ended.$Properties | undefined;
  /** What is known of a part that is or was here, by its key. */
  readonly seen: (key: string) => pibatch.SeenPart.$Properties | undefined;
};

/** Ends beyond the first, which always fits. */
const ENDS_LIMIT_BYTES = 96 * 1_024;

export function encodeReport(options: ReportOptions): Uint8Array {
  const { state, inventory, telemetry } = options;
  return encodeMessage(pibatch.NodeReport, {
    generation: state.generation,
    epoch: state.epoch,
    incarnation: state.incarnation,
    count: state.reporting.count,
    sentAtMs: options.sentAtMs,
    facts: {
      ...inventory,
      cores: [...inventory.cores],
      warnings: [...inventory.warnings],
      agentVersion: options.version,
      weight: options.weight,
    },
    telemetry: {
      load: telemetry.load,
      memoryAvailableBytes: telemetry.memoryAvailableBytes,
      temperatureMilliC: telemetry.temperatureMilliC ?? null,
      throttledBits: telemetry.throttledBits ?? null,
      frequencyHz: telemetry.frequencyHz ?? null,
    },
    parts: reportedParts(options),
    seen: seenParts(options),
  });
}

function reportedParts(options: ReportOptions): pibatch.ReportedPart.$Properties[] {
  let endsBytes = 0;
  return [...options.state.parts.values()].map((part) => {
    const said = { id: part.id, ...(part.checkpoint && { checkpoint: wireOf(part.checkpoint) }) };
    if (part.stage.kind !== 'ended') return { ...said, ...openStage(part) };
    const ended = options.endOf(part.id);
    if (!ended) return { ...said, accepted: {} };
    const bytes = pibatch.Ended.encode(ended).len;
    if (endsBytes > 0 && endsBytes + bytes > ENDS_LIMIT_BYTES)
      return { ...said, running: stillRunning(ended) };
    endsBytes += bytes;
    return { ...said, ended };
  });
}

function seenParts({ state, seen }: ReportOptions): pibatch.SeenPart.$Properties[] {
  const told = state.telling?.left.slice(0, state.telling.sent) ?? [];
  return told.map(seen).filter((part) => part !== undefined);
}

function openStage(part: AgentPart): pibatch.ReportedPart.$Properties {
  if (part.stage.kind !== 'running') return { accepted: {} };
  const { startedMs, listens, wired, progress, terms } = part.stage;
  return {
    running: {
      startedMs,
      listens: listens ? { part: part.id.part, ...listens } : null,
      wired,
      progress: progress ?? null,
      terms: { timeLimitMs: terms.timeLimitMs, suspended: terms.suspended ?? false },
    },
  };
}

const wireOf = ({ sequence, files }: StoredCheckpoint): pibatch.Checkpoint.$Properties => ({
  sequence,
  files: files.map((file) => ({ ...file })),
});

const stillRunning = (ended: pibatch.Ended.$Properties): pibatch.Running.$Properties => ({
  startedMs: Math.max(0, (ended.endedMs ?? 0) - (ended.elapsedMs ?? 0)),
  wired: true,
});
