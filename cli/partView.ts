/** A part of a job as the commands see it: what it ran on, and what was measured of it. */
import type { Energy } from '../accounting/usage.ts';
import type { pibatch } from '../proto/codec.ts';

export type RankUsageView = {
  readonly rank: number;
  readonly cpuMs: number;
  readonly peakMemoryBytes: number | undefined;
  readonly usefulMs: number | undefined;
  readonly blockedMs: number | undefined;
  readonly collectiveCalls: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly exitCode: number;
  readonly signal: number;
};

export type PartView = {
  readonly attempt: number;
  readonly part: number;
  readonly node: string;
  readonly model: string;
  readonly firstRank: number;
  readonly ranks: number;
  readonly cores: number;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly elapsedMs: number;
  readonly suspendedMs: number;
  readonly outcome: string;
  /** Why its attempt was ended, or requeued. */
  readonly ending: string;
  readonly usage: readonly RankUsageView[];
  readonly peakMemoryBytes: number | undefined;
  readonly throttled: boolean;
  /** Undefined where it was not measured. */
  readonly throttledMs: number | undefined;
  /** Of the part's cores, where a meter says. */
  readonly energy: Energy | undefined;
  /** Sums over the ranks: calls of a kind, and how long they were blocked in them. */
  readonly collectives: readonly CollectiveView[];
  readonly weight: number;
  readonly segments: PartSegments | undefined;
};

export type CollectiveView = {
  readonly kind: string;
  readonly calls: number;
  readonly seconds: number;
};

/** Sums over the segments between collectives, in seconds (docs/speedup.md 2.3). */
export type PartSegments = {
  readonly spanSeconds: number;
  readonly usefulSeconds: number;
  readonly criticalSeconds: number;
  readonly serialSeconds: number;
  readonly transferSeconds: number;
  readonly serialPhase: string | undefined;
};

export const partView = (part: pibatch.PartRow.$Properties): PartView => ({
  attempt: part.attempt ?? 0,
  part: part.part ?? 0,
  node: part.node ?? '',
  model: part.model ?? '',
  firstRank: part.firstRank ?? 0,
  ranks: part.ranks ?? 0,
  cores: part.cores ?? 0,
  startedMs: part.startedMs ?? 0,
  endedMs: part.endedMs ?? 0,
  elapsedMs: part.elapsedMs ?? 0,
  suspendedMs: part.suspendedMs ?? 0,
  outcome: part.outcome ?? '',
  ending: part.ending ?? '',
  usage: (part.usage ?? []).map(rankUsageView),
  peakMemoryBytes: part.peakMemoryBytes ?? undefined,
  throttled: part.throttled ?? false,
  throttledMs: part.throttledMs ?? undefined,
  energy: partEnergy(part),
  collectives: (part.collectives ?? []).map(({ kind, calls, seconds }) => ({
    kind: kind ?? '',
    calls: calls ?? 0,
    seconds: seconds ?? 0,
  })),
  weight: part.weight ?? 1,
  segments: part.segments ? partSegments(part.segments) : undefined,
});

function partEnergy({ energyJoules, energyHow }: pibatch.PartRow.$Properties): Energy | undefined {
  if (energyHow !== 'metered' && energyHow !== 'pmic') return undefined;
  return { joules: energyJoules ?? 0, how: energyHow };
}

const partSegments = (segments: pibatch.SegmentTotals.$Properties): PartSegments => ({
  spanSeconds: segments.spanSeconds ?? 0,
  usefulSeconds: segments.usefulSeconds ?? 0,
  criticalSeconds: segments.criticalSeconds ?? 0,
  serialSeconds: segments.serialSeconds ?? 0,
  transferSeconds: segments.transferSeconds ?? 0,
  serialPhase: segments.serialPhase || undefined,
});

const rankUsageView = (usage: pibatch.RankUsage.$Properties): RankUsageView => ({
  rank: usage.rank ?? 0,
  cpuMs: usage.cpuMs ?? 0,
  peakMemoryBytes: usage.peakMemoryBytes ?? undefined,
  usefulMs: usage.usefulMs ?? undefined,
  blockedMs: usage.blockedMs ?? undefined,
  collectiveCalls: usage.collectiveCalls ?? 0,
  bytesSent: usage.bytesSent ?? 0,
  bytesReceived: usage.bytesReceived ?? 0,
  exitCode: usage.exit?.code ?? 0,
  signal: usage.exit?.signal ?? 0,
});
