import { expect, test } from 'vitest';
import type { RuntimeCurve } from '../../accounting/speedup/moldable.ts';
import { createCluster } from '../../scheduler/machine/cluster.ts';
import { step } from '../../scheduler/machine/step.ts';
import { beginTurn } from '../../scheduler/machine/turn.ts';
import { DEFAULT_SETTINGS } from '../../scheduler/model/defaultSettings.ts';
import { nodeName, requestId, scheduleName, userName } from '../../scheduler/model/ids.ts';
import type { Input } from '../../scheduler/model/input.ts';
import { withCurves } from '../../scheduler/model/input.ts';
import { timeMs } from '../../scheduler/model/time.ts';
import { factsOf, requestOf, TELEMETRY } from './requests.ts';

const AT = timeMs(1_000);
const by = { user: userName('alice'), role: 'user' } as const;
const request = requestOf({ ranks: 4, ranksRange: { least: 1, most: 4 } });
const curve: RuntimeCurve = {
  points: [
    { ranks: 1, runMs: 100_000, efficiency: 1000 },
    { ranks: 4, runMs: 90_000, efficiency: 278 },
  ],
  peakRanks: 4,
  runs: 6,
};

test('a recurring moldable job is chosen for by what the history knows when its run is due', () => {
  const cluster = createCluster(DEFAULT_SETTINGS, 1);
  const node = nodeName('pi1');
  const turn = beginTurn(cluster, AT);
  turn.record({ kind: 'nodeJoined', node, epoch: 1, facts: factsOf({}) });
  const heard = { atMs: AT, sequence: { incarnation: 1, count: 1 }, telemetry: TELEMETRY };
  turn.record({ kind: 'nodeHeard', node, heard });
  const name = scheduleName('nightly');
  const rule = { cron: '0 2 * * *', timezone: 'UTC', overlap: 'skip', missed: 'skip' } as const;
  const made = { kind: 'createSchedule', replyTo: 1, by, requestId: requestId('s'), name } as const;
  step(cluster, { ...made, atMs: AT, rule, request });
  const asked: string[] = [];
  const informed = (input: Input): Input =>
    withCurves(input, cluster.schedules.values(), (user, { ranks }) => {
      asked.push(`${user} ${ranks}`);
      return curve;
    });
  expect(informed({ kind: 'woken', atMs: AT }).curves).toBeUndefined();
  const run = { kind: 'runSchedule', replyTo: 2, by, owner: by.user, name, atMs: AT } as const;
  const { events } = step(cluster, informed(run));
  expect(asked).toEqual(['alice 4']);
  expect(events.find(({ kind }) => kind === 'jobAllocated')).toMatchObject({
    choice: { ranks: 1, reason: 'leastWaitAndRun', model: { efficiency: 1000, runs: 6 } },
  });
});
