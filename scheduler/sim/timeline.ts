/** A schedule over time: what used the machine and what waited, in bins; and who sat where. */
import type { StartedJob } from './score.ts';
import type { TraceJob } from './swf.ts';

export type Span = { readonly fromS: number; readonly toS: number };

export type Timeline = {
  readonly span: Span;
  /** Mean busy processors of each bin, by group of users; the last group is all others. */
  readonly busy: readonly (readonly number[])[];
  /** Mean number of waiting jobs of each bin. */
  readonly waiting: readonly number[];
};

/** From the first submission to the last end; [0, 1) without jobs. */
export function spanOf(started: readonly StartedJob[]): Span {
  const fromS = started.reduce((least, { job }) => Math.min(least, job.submitS), Infinity);
  const toS = started.reduce((most, { job, startS }) => Math.max(most, startS + job.runS), 0);
  return started.length === 0 ? { fromS: 0, toS: 1 } : { fromS, toS };
}

/** The users of most processor time, most first. */
export function heaviestUsers(jobs: readonly TraceJob[], most: number): readonly number[] {
  const areas = new Map<number, number>();
  for (const { user, processors, runS } of jobs) {
    areas.set(user, (areas.get(user) ?? 0) + processors * runS);
  }
  const order = [...areas].sort(([a, areaA], [b, areaB]) => areaB - areaA || a - b);
  return order.slice(0, most).map(([user]) => user);
}

/** `users` have a group each, in this order. */
export function timelineOf(
  started: readonly StartedJob[],
  options: { readonly span: Span; readonly bins: number; readonly users: readonly number[] },
): Timeline {
  const { span, bins, users } = options;
  const widthS = (span.toS - span.fromS) / bins || 1;
  const groups = new Map(users.map((user, at) => [user, at]));
  const busy = Array.from({ length: users.length + 1 }, () => createBins(span.fromS, widthS, bins));
  const waiting = createBins(span.fromS, widthS, bins);
  for (const { job, startS } of started) {
    busy[groups.get(job.user) ?? users.length]?.add(startS, startS + job.runS, job.processors);
    waiting.add(job.submitS, startS, 1);
  }
  return { span, busy: busy.map((group) => group.means()), waiting: waiting.means() };
}

/** Adds up levels over time in constant work per job: changes of level, and parts of a bin. */
function createBins(fromS: number, widthS: number, bins: number) {
  const steps = new Float64Array(bins + 1);
  const parts = new Float64Array(bins + 1);
  const edge = (atS: number, level: number): void => {
    const place = Math.min(bins, Math.max(0, (atS - fromS) / widthS));
    const bin = Math.min(bins - 1, Math.floor(place));
    steps[bin + 1] = (steps[bin + 1] ?? 0) + level;
    parts[bin] = (parts[bin] ?? 0) + level * (bin + 1 - place);
  };
  return {
    add: (startS: number, endS: number, level: number): void => {
      edge(startS, level);
      edge(endS, -level);
    },
    means: (): number[] => {
      let level = 0;
      return Array.from({ length: bins }, (_, bin) => {
        level += steps[bin] ?? 0;
        return Math.max(0, level + (parts[bin] ?? 0));
      });
    },
  };
}

/** Processors next to each other that one job held. */
export type Bar = {
  readonly job: TraceJob;
  readonly startS: number;
  readonly firstProcessor: number;
  readonly processors: number;
};

/** Seats the jobs in the order given, each on the lowest processors that are free. */
export function barsOf(started: readonly StartedJob[], processors: number): readonly Bar[] {
  const freeAtS = new Float64Array(processors);
  return started.flatMap(({ job, startS }) => {
    const bars: { job: TraceJob; startS: number; firstProcessor: number; processors: number }[] =
      [];
    let missing = job.processors;
    for (let at = 0; at < processors && missing > 0; at += 1) {
      if ((freeAtS[at] ?? 0) > startS) continue;
      freeAtS[at] = startS + job.runS;
      missing -= 1;
      const last = bars.at(-1);
      if (last && last.firstProcessor + last.processors === at) last.processors += 1;
      else bars.push({ job, startS, firstProcessor: at, processors: 1 });
    }
    return bars;
  });
}
