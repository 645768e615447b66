/**
 * What was measured of a job: per attempt (each requeue is a new one), per part (one per node) and per
 * rank. Absent means "not measured" and is never 0; measured numbers say how they were measured.
 * Times in integer milliseconds of the scheduler's clock.
 */

export type PeakMemory = {
  readonly bytes: number;
  /** The kernel's own peak of the cgroup or process, or the largest of samples taken every so often. */
  readonly how: 'cgroup' | 'process-peak' | 'sampled';
  readonly sampleEveryMs?: number | undefined;
};

export type Energy = {
  readonly joules: number;
  /** External meter, the Pi 5's own power chip, or computed from the model's watts. */
  readonly how: 'metered' | 'pmic' | 'modelled';
};

export type RankUsage = {
  readonly rank: number;
  readonly cpuMs?: number | undefined;
  readonly peakMemory?: PeakMemory | undefined;
  /** Waiting inside collectives and receives. */
  readonly blockedMs?: number | undefined;
  /** U_i: running, neither blocked nor waiting (docs/speedup.md 2.3). */
  readonly usefulMs?: number | undefined;
  readonly movedBytes?: number | undefined;
};

export type PartUsage = {
  readonly node: string;
  readonly nodeModel?: string | undefined;
  readonly cores: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly memoryLimitBytes?: number | undefined;
  /** Of everything the part ran, also what belongs to no rank. */
  readonly cpuMs?: number | undefined;
  readonly peakMemory?: PeakMemory | undefined;
  readonly throttledMs?: number | undefined;
  readonly energy?: Energy | undefined;
  readonly ranks: readonly RankUsage[];
};

export type AttemptUsage = {
  readonly job: string;
  readonly attempt: number;
  readonly state: string;
  readonly submitMs: number;
  /** Undefined when the attempt never started. */
  readonly startMs?: number | undefined;
  readonly endMs?: number | undefined;
  readonly limitMs?: number | undefined;
  readonly exit?: { readonly code: number; readonly signal: number } | undefined;
  readonly parts: readonly PartUsage[];
};

/** Core-milliseconds charged for a part: cores x (end - start), an integer. */
export function chargedCoreMs(part: PartUsage): number {
  return part.cores * Math.max(0, part.endMs - part.startMs);
}

/** Conservation: the charge of an attempt is the sum over its parts, always. */
export function attemptCoreMs(attempt: AttemptUsage): number {
  return attempt.parts.reduce((sum, part) => sum + chargedCoreMs(part), 0);
}
