import type { pibatch } from '../../proto/codec.ts';
import type {
  CollectiveUse,
  ExitCode,
  PartEnd,
  RankUsage,
  SegmentTotals,
} from '../model/outcome.ts';
import * as check from './fieldCheck.ts';
import type { UsageRecord } from './historyRecord.ts';

/** From a node's report. Throws RefusedError. */
export function rankUsage(wire: pibatch.RankUsage.$Properties): RankUsage {
  const amount = (field: string, value: unknown): number =>
    check.integer(`usage.${field}`, value ?? 0, check.ANY_COUNT);
  const optional = (field: string, value: unknown): number | undefined =>
    check.optionalInteger(`usage.${field}`, value, check.ANY_COUNT);
  return {
    rank: amount('rank', wire.rank),
    cpuMs: amount('cpu', wire.cpuMs),
    peakMemoryBytes: optional('memory', wire.peakMemoryBytes),
    usefulMs: optional('useful', wire.usefulMs),
    blockedMs: optional('blocked', wire.blockedMs),
    collectiveCalls: amount('calls', wire.collectiveCalls),
    bytesSent: amount('sent', wire.bytesSent),
    bytesReceived: amount('received', wire.bytesReceived),
    exit: exitCode(wire.exit),
  };
}

const MOST_SECONDS: check.Range = { least: 0, most: 1e12 };

/** From a node's report. Throws RefusedError. */
export function segmentTotals(wire: pibatch.SegmentTotals.$Properties): SegmentTotals {
  const seconds = (field: string, value: unknown): number =>
    check.finite(`segments.${field}`, value ?? 0, MOST_SECONDS);
  return {
    spanSeconds: seconds('span', wire.spanSeconds),
    usefulSeconds: seconds('useful', wire.usefulSeconds),
    criticalSeconds: seconds('critical', wire.criticalSeconds),
    serialSeconds: seconds('serial', wire.serialSeconds),
    transferSeconds: seconds('transfer', wire.transferSeconds),
    serialPhase: check.line('segments.phase', wire.serialPhase, 64) || undefined,
  };
}

/** As long as there are kinds of calls, with room for new ones. */
const MOST_KINDS = 64;

/** From a node's report. Throws RefusedError. */
export function collectiveUses(
  wire: readonly pibatch.CollectiveUse.$Properties[] | null | undefined,
): readonly CollectiveUse[] | undefined {
  const uses = check.listOf('collectives', wire, MOST_KINDS).map(({ kind, calls, seconds }) => ({
    kind: check.matching('collectives', kind, /^[A-Za-z]{1,32}$/, 'the name of a collective'),
    calls: check.integer('collectives', calls ?? 0, check.ANY_COUNT),
    seconds: check.finite('collectives', seconds ?? 0, MOST_SECONDS),
  }));
  return uses.length === 0 ? undefined : uses;
}

const MOST_JOULES: check.Range = { least: 0, most: 1e15 };

/** From a node's report; a meter that does not say what it is counts as none. Throws RefusedError. */
export function partEnergy(wire: pibatch.Ended.$Properties): PartEnd['energy'] {
  const { energyJoules, energyHow } = wire;
  if (energyJoules === null || energyJoules === undefined) return undefined;
  const joules = check.finite('energy', energyJoules, MOST_JOULES);
  return energyHow === 'metered' || energyHow === 'pmic' ? { joules, how: energyHow } : undefined;
}

export function exitCode(wire: pibatch.ExitCode.$Properties | null | undefined): ExitCode {
  return {
    code: check.integer('exit code', wire?.code ?? 0, { least: -1, most: 255 }),
    signal: check.integer('exit signal', wire?.signal ?? 0, { least: 0, most: 64 }),
  };
}

/** From the history, for a user. */
export function usageRecordMessage(record: UsageRecord): pibatch.RankUsage.$Properties {
  return {
    rank: record.rank,
    cpuMs: record.cpu_ms,
    ...(record.peak_memory_bytes !== null && { peakMemoryBytes: record.peak_memory_bytes }),
    ...(record.useful_ms !== null && { usefulMs: record.useful_ms }),
    ...(record.blocked_ms !== null && { blockedMs: record.blocked_ms }),
    collectiveCalls: record.collective_calls,
    bytesSent: record.bytes_sent,
    bytesReceived: record.bytes_received,
    exit: { code: record.exit_code, signal: record.exit_signal },
  };
}
