import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCommand } from './scenario/words.ts';
import { World } from './scenario/world.ts';

/**
 * Users change what waits, whatever else happens. The world of the scenarios checks every invariant
 * after each step, and at a restart that the journal alone rebuilds the cluster.
 */
const job = fc.integer({ min: 1, max: 8 });
const who = fc.constantFrom('alice', 'ops');
const asked = fc.constantFrom(
  'ranks=1',
  'ranks=2',
  'ranks=4 time=2m',
  'name=one',
  'name=two',
  'time=90s deadline=4m',
  'time=30s',
  'begin=20s',
  'dependency=singleton',
  'dependency=afterok:1',
  'dependency=afterany:2,after:3',
  "wish={'nice':7}",
  "wish={'ranksPerNode':1}",
);
const cleared = fc.constantFrom('dependency', 'beginMs', 'deadlineMs', 'nice', 'ranksPerNode');

const command = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(who, asked).map(([by, what]) => `submit ${by} ${what}`) },
  { weight: 2, arbitrary: asked.map((what) => `submit alice array=0-3%2 ${what}`) },
  {
    weight: 6,
    arbitrary: fc.tuple(who, job, asked).map(([by, id, what]) => `update ${by} ${id} ${what}`),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(job, cleared).map(([id, what]) => `update ops ${id} clear=${what}`),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(job, fc.integer({ min: 0, max: 3 }), asked)
      .map(([id, task, what]) => `update ops ${id}_${task} ${what}`),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(job, fc.integer({ min: 0, max: 3 }))
      .map(([id, most]) => `update ops ${id} throttle=${most}`),
  },
  { weight: 1, arbitrary: job.map((id) => `hold ops ${id}`) },
  { weight: 1, arbitrary: job.map((id) => `release ops ${id}`) },
  { weight: 1, arbitrary: job.map((id) => `cancel ops ${id}`) },
  { weight: 3, arbitrary: fc.constantFrom('advance 5s beating', 'advance 40s beating') },
  { weight: 1, arbitrary: fc.constant('restart 1s') },
);

/** Nothing starts before the first job has been cancelled. */
const FULL = ['join pi1 cores=2', 'join pi2 cores=2', 'submit alice ranks=4 time=1h'];

test('whatever is changed, the machine stays sound and its journal tells all', () => {
  let changed = 0;
  fc.assert(
    fc.property(fc.array(command, { minLength: 25, maxLength: 40 }), (commands) => {
      const world = new World();
      for (const line of [...FULL, ...commands, 'restart 1s']) {
        const said = world.run(parseCommand(line));
        changed += said.filter((one) => one.includes('jobUpdated')).length;
      }
    }),
    { numRuns: 100 },
  );
  expect(changed).toBeGreaterThan(200);
});
