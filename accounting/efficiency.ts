/**
 * seff, for one attempt: CPU, memory and wall-time efficiency. A number is computed over the parts that
 * were measured and says how many those are; with none it is undefined, never 0.
 */
import { largestOf } from './numeric/extremes.ts';
import { type AttemptUsage, chargedCoreMs, type PartUsage } from './usage.ts';

export type Measured = {
  /** Used over given; above 1 is possible for CPU time on unconfined nodes. */
  readonly efficiency: number;
  readonly used: number;
  readonly given: number;
  readonly partsMeasured: number;
  readonly parts: number;
};

export type AttemptEfficiency = {
  readonly elapsedMs: number | undefined;
  readonly waitMs: number | undefined;
  readonly coreMs: number;
  /** CPU milliseconds over core-milliseconds. */
  readonly cpu: Measured | undefined;
  /** Bytes at the peak over bytes given, added over the parts. */
  readonly memory: Measured | undefined;
  /** Elapsed over limit. */
  readonly wall: Measured | undefined;
  /** Rank milliseconds blocked in collectives and receives over rank milliseconds. */
  readonly blocked: Measured | undefined;
  /** max U_i / mean U_i - 1 over the ranks. */
  readonly imbalance: number | undefined;
  readonly throttled: Measured | undefined;
  readonly reasons: readonly EfficiencyReason[];
};

export type EfficiencyReason =
  | { readonly code: 'NO_CPU_DATA' | 'NO_MEMORY_DATA'; readonly parts: number }
  | { readonly code: 'IDLE_CORES'; readonly usedCores: number; readonly givenCores: number }
  | { readonly code: 'BLOCKED'; readonly share: number }
  | { readonly code: 'IMBALANCE'; readonly share: number }
  | { readonly code: 'THROTTLED'; readonly share: number; readonly nodes: readonly string[] }
  | { readonly code: 'MEMORY_UNUSED'; readonly peakBytes: number; readonly givenBytes: number }
  | { readonly code: 'MEMORY_TIGHT'; readonly peakBytes: number; readonly givenBytes: number }
  | { readonly code: 'LIMIT_UNUSED'; readonly elapsedMs: number; readonly limitMs: number }
  | { readonly code: 'LIMIT_TIGHT'; readonly elapsedMs: number; readonly limitMs: number };

export function attemptEfficiency(attempt: AttemptUsage): AttemptEfficiency {
  const { parts, startMs, endMs, submitMs, limitMs } = attempt;
  const elapsedMs = startMs === undefined || endMs === undefined ? undefined : endMs - startMs;
  const numbers = {
    elapsedMs,
    waitMs: startMs === undefined ? undefined : startMs - submitMs,
    coreMs: parts.reduce((sum, part) => sum + chargedCoreMs(part), 0),
    cpu: over(parts, { used: cpuMsOf, given: chargedCoreMs }),
    memory: over(parts, {
      used: (part) => part.peakMemory?.bytes,
      given: (part) => part.memoryLimitBytes,
    }),
    wall:
      elapsedMs === undefined || limitMs === undefined || limitMs <= 0
        ? undefined
        : {
            efficiency: elapsedMs / limitMs,
            used: elapsedMs,
            given: limitMs,
            partsMeasured: 1,
            parts: 1,
          },
    blocked: over(parts, { used: blockedMsOf, given: rankMsOf }),
    imbalance: imbalanceOf(attempt),
    throttled: over(parts, {
      used: (part) => part.throttledMs,
      given: (part) => Math.max(0, part.endMs - part.startMs),
    }),
  };
  return { ...numbers, reasons: reasonsFor(attempt, numbers) };
}

/** The part's own CPU time, else the sum over its ranks when every rank has one. */
function cpuMsOf(part: PartUsage): number | undefined {
  return part.cpuMs ?? sumOfAll(part.ranks.map((rank) => rank.cpuMs));
}

function blockedMsOf(part: PartUsage): number | undefined {
  return sumOfAll(part.ranks.map((rank) => rank.blockedMs));
}

function rankMsOf(part: PartUsage): number {
  return part.ranks.length * Math.max(0, part.endMs - part.startMs);
}

function sumOfAll(values: readonly (number | undefined)[]): number | undefined {
  let sum = 0;
  for (const value of values) {
    if (value === undefined) return undefined;
    sum += value;
  }
  return values.length === 0 ? undefined : sum;
}

function over(
  parts: readonly PartUsage[],
  amounts: {
    readonly used: (part: PartUsage) => number | undefined;
    readonly given: (part: PartUsage) => number | undefined;
  },
): Measured | undefined {
  let [used, given, partsMeasured] = [0, 0, 0];
  for (const part of parts) {
    const partUsed = amounts.used(part);
    const partGiven = amounts.given(part);
    if (partUsed === undefined || partGiven === undefined) continue;
    used += partUsed;
    given += partGiven;
    partsMeasured++;
  }
  if (partsMeasured === 0 || given <= 0) return undefined;
  return { efficiency: used / given, used, given, partsMeasured, parts: parts.length };
}

function imbalanceOf(attempt: AttemptUsage): number | undefined {
  const useful = attempt.parts.flatMap((part) => part.ranks.map((rank) => rank.usefulMs));
  const sum = sumOfAll(useful);
  if (attempt.parts.some((part) => part.ranks.length === 0)) return undefined;
  if (sum === undefined || sum <= 0) return undefined;
  const most = largestOf(useful.map((value) => value ?? 0));
  return (most * useful.length) / sum - 1;
}

type Numbers = Omit<AttemptEfficiency, 'reasons'>;

/** Thresholds as jobstats and POP have them: CPU below 65 %, a tenth lost to any one cause. */
const LOW_CPU = 0.65;
const NOTABLE = 0.1;
const LOW_MEMORY = 0.5;
const LOW_WALL = 0.25;
const TIGHT = 0.95;
/** Asking for less than this is not worth a word. */
const SMALL_MEMORY_BYTES = 256 * 1024 ** 2;
const SHORT_LIMIT_MS = 600_000;

function reasonsFor(attempt: AttemptUsage, numbers: Numbers): readonly EfficiencyReason[] {
  const { cpu, memory, wall, blocked, imbalance, throttled } = numbers;
  const parts = attempt.parts.length;
  const reasons: EfficiencyReason[] = [];
  if (parts > 0 && !cpu) reasons.push({ code: 'NO_CPU_DATA', parts });
  if (parts > 0 && !memory) reasons.push({ code: 'NO_MEMORY_DATA', parts });
  if (cpu && cpu.efficiency < LOW_CPU) {
    const givenCores = attempt.parts.reduce((sum, part) => sum + part.cores, 0);
    reasons.push({ code: 'IDLE_CORES', usedCores: cpu.efficiency * givenCores, givenCores });
  }
  if (blocked && blocked.efficiency > NOTABLE) {
    reasons.push({ code: 'BLOCKED', share: blocked.efficiency });
  }
  if (imbalance !== undefined && imbalance > NOTABLE) {
    reasons.push({ code: 'IMBALANCE', share: imbalance });
  }
  if (throttled && throttled.used > 0) {
    const nodes = attempt.parts.filter((part) => (part.throttledMs ?? 0) > 0);
    reasons.push({
      code: 'THROTTLED',
      share: throttled.efficiency,
      nodes: nodes.map((part) => part.node),
    });
  }
  if (memory) {
    const bytes = { peakBytes: memory.used, givenBytes: memory.given };
    if (memory.efficiency > TIGHT) reasons.push({ code: 'MEMORY_TIGHT', ...bytes });
    else if (memory.efficiency < LOW_MEMORY && memory.given > SMALL_MEMORY_BYTES) {
      reasons.push({ code: 'MEMORY_UNUSED', ...bytes });
    }
  }
  if (wall) {
    const times = { elapsedMs: wall.used, limitMs: wall.given };
    if (wall.efficiency > TIGHT) reasons.push({ code: 'LIMIT_TIGHT', ...times });
    else if (wall.efficiency < LOW_WALL && wall.given > SHORT_LIMIT_MS) {
      reasons.push({ code: 'LIMIT_UNUSED', ...times });
    }
  }
  return reasons;
}
