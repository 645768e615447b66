/** From the scheduler's rows to what accounting/ computes with: usage of attempts, speedup runs. */
import { totalEnergy, type PowerOptions } from '../../accounting/energy.ts';
import { boardWeights } from '../../accounting/speedup/boardWeights.ts';
import { popEfficiency, type PopEfficiency } from '../../accounting/speedup/popEfficiency.ts';
import type { SpeedupRun } from '../../accounting/speedup/run.ts';
import type { SegmentTotals } from '../../accounting/speedup/segments.ts';
import type { AttemptUsage, PartUsage } from '../../accounting/usage.ts';
import { elapsedMsOf, jobLabel, type JobView } from '../jobView.ts';
import type { CollectiveView, PartSegments, PartView } from '../partView.ts';

/** The last attempt. */
export function attemptUsage(view: JobView): AttemptUsage {
  const parts = lastParts(view);
  return {
    job: jobLabel(view),
    attempt: view.attempt,
    state: view.state,
    submitMs: view.submittedMs,
    startMs: view.startedMs,
    endMs: view.endedMs,
    limitMs: view.timeLimitMs === 0 ? undefined : view.timeLimitMs,
    exit: { code: view.exitCode, signal: view.signal },
    parts: parts.map((part) => partUsage(part, view)),
  };
}

export const lastParts = (view: JobView): readonly PartView[] =>
  view.parts.filter(({ attempt }) => attempt === view.attempt);

/** A part's end is its start plus what its node's monotonic clock measured. */
function partUsage(part: PartView, view: JobView): PartUsage {
  const memoryLimitBytes = (view.memoryBytes / Math.max(1, view.ranks)) * part.ranks;
  return {
    node: part.node,
    nodeModel: part.model,
    cores: part.cores,
    startMs: part.startedMs,
    endMs: part.startedMs + part.elapsedMs,
    memoryLimitBytes: memoryLimitBytes > 0 ? memoryLimitBytes : undefined,
    peakMemory: peakOf(part),
    throttledMs: part.throttledMs ?? (part.throttled ? part.elapsedMs : 0),
    energy: part.energy,
    ranks: part.usage.map((rank) => ({
      rank: rank.rank,
      cpuMs: rank.cpuMs,
      peakMemory:
        rank.peakMemoryBytes === undefined
          ? undefined
          : { bytes: rank.peakMemoryBytes, how: 'process-peak' as const },
      blockedMs: rank.blockedMs,
      usefulMs: rank.usefulMs,
      movedBytes: rank.bytesSent + rank.bytesReceived,
    })),
  };
}

/** Counted beside the collectives, in which ranks are blocked. */
const CHECKPOINT = 'checkpoint';

/** Of the last attempt, all its parts together; the one that ranks were blocked in longest first. */
export const collectiveKinds = (view: JobView): readonly CollectiveView[] =>
  sumsOfKinds(view).filter(({ kind }) => kind !== CHECKPOINT);

/** Checkpoints that the ranks of the last attempt made and the seconds they took, summed over ranks. */
export const checkpointKind = (view: JobView): CollectiveView | undefined =>
  sumsOfKinds(view).find(({ kind, calls }) => kind === CHECKPOINT && calls > 0);

function sumsOfKinds(view: JobView): readonly CollectiveView[] {
  const sums = new Map<string, CollectiveView>();
  for (const { kind, calls, seconds } of lastParts(view).flatMap((part) => part.collectives)) {
    const sum = sums.get(kind);
    sums.set(kind, {
      kind,
      calls: calls + (sum?.calls ?? 0),
      seconds: seconds + (sum?.seconds ?? 0),
    });
  }
  return [...sums.values()].sort((a, b) => b.seconds - a.seconds || (a.kind < b.kind ? -1 : 1));
}

/** Of the whole job host where measured, else of its ranks together. */
function peakOf(part: PartView): PartUsage['peakMemory'] {
  if (part.peakMemoryBytes !== undefined) {
    return { bytes: part.peakMemoryBytes, how: 'process-peak' };
  }
  const ranks = part.usage.map(({ peakMemoryBytes }) => peakMemoryBytes);
  const known = ranks.filter((bytes) => bytes !== undefined);
  if (known.length === 0 || known.length < ranks.length) return undefined;
  return { bytes: known.reduce((sum, bytes) => sum + bytes, 0), how: 'process-peak' };
}

/** Jobs that ended after having run; weights only where the boards are of different models. */
export function speedupRuns(
  views: readonly JobView[],
  nowMs: number,
  power?: PowerOptions,
): SpeedupRun[] {
  const ran = views.filter((view) => view.endedMs !== undefined && view.startedMs !== undefined);
  const weights = boardWeights(ran.map((view) => [...lastParts(view)].sort(byFirstRank)));
  // Times of one kind only: of one name, spans where every run has one.
  const spans = ran.map(spanSeconds);
  const unmeasured = new Set(
    ran
      .filter(({ state }, index) => state === 'COMPLETED' && spans[index] === undefined)
      .map(({ name }) => name),
  );
  return ran.map((view, index) => ({
    ...speedupRun(view),
    seconds:
      (unmeasured.has(view.name) ? undefined : spans[index]) ?? elapsedMsOf(view, nowMs) / 1000,
    weights: weights?.[index],
    joules: power && totalEnergy(attemptUsage(view).parts, power)?.joules,
  }));
}

/**
 * Half a percent: what starting, waking and ending sixteen ranks of a second's work on two cores adds to
 * every run of a rank count, and repeating does not show (docs/decisions.md).
 */
const TIME_ERROR = 0.005;

const byFirstRank = (a: PartView, b: PartView): number => a.firstRank - b.firstRank;

function speedupRun(view: JobView): Omit<SpeedupRun, 'seconds'> {
  const parts = lastParts(view);
  const useful = parts.flatMap(({ usage }) => usage).map(({ usefulMs }) => usefulMs);
  const known = useful.filter((ms) => ms !== undefined);
  const segments = segmentsOf(parts);
  return {
    id: jobLabel(view),
    ranks: view.ranks,
    timeError: TIME_ERROR,
    segments: segments && pickTotals(segments),
    serialPhase: segments?.serialPhase,
    nodes: parts.length || view.nodes.length,
    ranksPerNode: Math.max(0, ...parts.map(({ ranks }) => ranks)) || undefined,
    threadsPerRank: view.cores / Math.max(1, view.ranks),
    app: view.name,
    size: view.size,
    model: [...new Set(parts.map(({ model }) => model))].sort().join(' + ') || undefined,
    state: view.state,
    throttled: parts.some(({ throttled }) => throttled),
    throttledNodes: parts.filter(({ throttled }) => throttled).map(({ node }) => node),
    nodeOfRank: [...parts]
      .sort(byFirstRank)
      .flatMap(({ node, ranks }) => Array.from({ length: ranks }, () => node)),
    useful: known.length === view.ranks ? known.map((ms) => ms / 1000) : undefined,
  };
}

/** Of one job; undefined where its ranks were not measured. */
export function popOf(view: JobView): PopEfficiency | undefined {
  const seconds = spanSeconds(view);
  return seconds === undefined ? undefined : popEfficiency({ ...speedupRun(view), seconds });
}

/** One part says it for all. */
const segmentsOf = (parts: readonly PartView[]): PartSegments | undefined =>
  parts.find(({ segments }) => segments)?.segments;

const pickTotals = (segments: PartSegments): SegmentTotals => ({
  usefulSeconds: segments.usefulSeconds,
  criticalSeconds: segments.criticalSeconds,
  serialSeconds: segments.serialSeconds,
  transferSeconds: segments.transferSeconds,
});

/**
 * The ranks' own span: the start of processes and threads is no part of what more ranks could speed
 * up. Undefined where it was not measured.
 */
export function spanSeconds(view: JobView): number | undefined {
  const parts = lastParts(view);
  const segments = segmentsOf(parts);
  if (segments) return segments.spanSeconds;
  const spans = parts
    .flatMap(({ usage }) => usage)
    .flatMap(({ usefulMs, blockedMs }) =>
      usefulMs === undefined || blockedMs === undefined ? [] : [usefulMs + blockedMs],
    );
  const longestMs = Math.max(0, ...spans);
  return longestMs > 0 && spans.length === view.ranks ? longestMs / 1000 : undefined;
}
