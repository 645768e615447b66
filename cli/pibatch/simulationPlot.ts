/** `pibatch sim --svg`: what the schedules of a simulation look like. */
import type { StartedJob } from '../../scheduler/sim/score.ts';
import { scoreOf } from '../../scheduler/sim/score.ts';
import { barsOf, heaviestUsers, spanOf, timelineOf } from '../../scheduler/sim/timeline.ts';
import { schedulePlot } from './schedulePlot.ts';
import type { Workload } from './simulationInput.ts';
import { waitText } from './simulationTable.ts';

export type Schedule = {
  readonly title: string;
  readonly processors: number;
  readonly started: readonly StartedJob[];
};

const BINS = 440;
const USERS = 5;
/** More than so many cannot be told apart. */
const MOST_BARS = 3_000;
const MOST_JOBS = 1_000;

export function simulationSvg(
  { trace, userNames }: Pick<Workload, 'trace' | 'userNames'>,
  schedules: readonly Schedule[],
): string {
  const spans = schedules.map(({ started }) => spanOf(started));
  const span = {
    fromS: Math.min(...spans.map(({ fromS }) => fromS)),
    toS: Math.max(...spans.map(({ toS }) => toS)),
  };
  const users = heaviestUsers(trace.jobs, USERS);
  return schedulePlot({
    span,
    groups: [...users.map((user) => userNames?.get(user) ?? `user ${user}`), 'others'],
    groupOf: ({ user }) => (users.includes(user) ? users.indexOf(user) : users.length),
    schedules: schedules.map(({ title, processors, started }) => {
      const score = scoreOf(started, processors);
      const bars = started.length <= MOST_JOBS ? barsOf(started, processors) : [];
      const wait = waitText(score.meanWaitS);
      const slowdown = score.meanBoundedSlowdown.toFixed(2);
      const used = (100 * score.utilisation).toFixed(1);
      return {
        title,
        processors,
        summary: `mean wait ${wait}, slowdown ${slowdown}, ${used}% used`,
        timeline: timelineOf(started, { span, bins: BINS, users }),
        bars: bars.length <= MOST_BARS ? bars : [],
      };
    }),
  });
}
