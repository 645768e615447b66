/** Licenses over time: what the running jobs hold until their limits, and what is booked. */
import type { ClusterView } from '../model/cluster.ts';
import type { Window } from '../model/reservation.ts';
import type { TimeMs } from '../model/time.ts';
import type { Demand } from '../model/demand.ts';
import { partEndMs } from './releases.ts';
import type { Timeline } from './timeline.ts';
import { change, createTimeline, leastOf } from './timeline.ts';

export type Licenses = {
  /** Undefined when all it asks for are free through the window; else until when an earlier start gains nothing. */
  lackingUntil(demand: Demand, window: Window): number | undefined;
  /** How many are free all through the window; 0 of a name that is unknown. */
  free(name: string, window: Window): number;
  /** `sign` -1 takes them for the window, 1 gives them back. */
  change(demand: Demand, window: Window, sign: 1 | -1): void;
};

export function createLicenses(view: ClusterView, atMs: TimeMs): Licenses {
  const timelines = new Map<string, Timeline>();
  for (const { name, count } of view.settings.licenses ?? []) {
    timelines.set(name, createTimeline(atMs, [count]));
  }
  if (timelines.size > 0) takeRunning(view, atMs, timelines);
  return {
    lackingUntil: ({ request }, window) => {
      let untilMs: number | undefined;
      for (const { name, count } of request.licenses ?? []) {
        const timeline = timelines.get(name);
        if (!timeline) return Infinity;
        const least = leastOf(timeline, window, ([free = 0]) => (free >= count ? 1 : 0));
        if (least.value === 0) untilMs = Math.max(untilMs ?? 0, least.untilMs);
      }
      return untilMs;
    },
    free: (name, window) => {
      const timeline = timelines.get(name);
      return timeline ? leastOf(timeline, window, ([free = 0]) => free).value : 0;
    },
    change: ({ request }, window, sign) => {
      for (const { name, count } of request.licenses ?? []) {
        const timeline = timelines.get(name);
        if (timeline) change(timeline, { ...window, delta: [sign * count] });
      }
    },
  };
}

function takeRunning(
  view: ClusterView,
  atMs: TimeMs,
  timelines: ReadonlyMap<string, Timeline>,
): void {
  for (const id of view.lookup.active) {
    const job = view.jobs.get(id);
    if (!job?.request.licenses || job.state.kind !== 'active') continue;
    const open = job.state.attempt.parts.filter(({ state }) => state.kind !== 'ended');
    const toMs = Math.max(atMs, ...open.map((part) => partEndMs(job, part, atMs)));
    for (const { name, count } of job.request.licenses) {
      const timeline = timelines.get(name);
      if (timeline) change(timeline, { fromMs: atMs, toMs, delta: [-count] });
    }
  }
}
