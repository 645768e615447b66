import { assert, property, uint8Array } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeMessage, encodeMessage, pibatch } from '../../../proto/codec.ts';
import { RefusedError } from '../../../scheduler/live/fieldCheck.ts';
import { jobRequest, jobSpec } from '../../../scheduler/live/jobRequest.ts';
import { nodeReport } from '../../../scheduler/live/nodeReport.ts';
import { taskRanges } from '../../../scheduler/live/taskRanges.ts';
import { DEFAULT_SETTINGS } from '../../../scheduler/model/defaultSettings.ts';

const HASH = 'ab'.repeat(32);
const FULL: pibatch.JobSpec.$Properties = {
  name: 'heat',
  kernel: { sha256: HASH, file: 'kernel.mjs' },
  ranks: 8,
  coresPerRank: 2,
  memoryPerRankBytes: 2e8,
  timeLimitMs: 600_000,
  partition: 'main',
  account: 'physics',
  requeue: true,
  array: { tasks: '0,1,5', throttle: 2 },
  size: 1e5,
  group: 'sweep',
  comment: 'first try',
  paramsJson: '{"n":3}',
  environment: { OMP_NUM_THREADS: '1' },
  inputs: [{ path: 'data/a.csv', sha256: HASH, sizeBytes: 12, executable: false }],
  outputs: ['result/*.json'],
  submitDirectory: '/home/ada',
  submitHost: 'pi0',
  dependency: {
    any: false,
    terms: [
      { kind: 'afterok', job: 12 },
      { kind: 'after', job: 13, task: 4, delayMs: 60_000 },
    ],
  },
  wishes: {
    nodes: { least: 2, most: 4 },
    ranksPerNode: 4,
    exclusive: true,
    constraint: '(pi4|pi5)&nvme&[pi5*2]',
    gres: [{ name: 'camera', count: 2 }],
    licenses: [{ name: 'matlab', count: 1 }],
    distribution: 'cyclic',
    contiguous: true,
    uniform: true,
    minTimeMs: 60_000,
    deadlineMs: 2e12,
    nice: -5,
    qos: 'high',
    reservation: 'lesson',
    ranks: { least: 2, most: 8 },
  },
};

test('a job reaches its nodes as it was submitted', () => {
  const request = jobRequest(FULL, DEFAULT_SETTINGS);
  const bytes = encodeMessage(pibatch.JobSpec, jobSpec(request));
  expect(jobRequest(decodeMessage(pibatch.JobSpec, bytes), DEFAULT_SETTINGS)).toEqual(request);
  expect(jobSpec(request)).toEqual(FULL);
});

test('what is not said has a default', () => {
  expect(jobRequest({ name: 'a', command: { args: ['true'] } }, DEFAULT_SETTINGS)).toMatchObject({
    ranks: 1,
    coresPerRank: 1,
    memoryPerRankBytes: 0,
    timeLimitMs: DEFAULT_SETTINGS.partitions[0]?.maxTimeMs,
    partition: 'main',
    account: 'default',
    hold: false,
  });
});

describe('each wrong field is named with its value and its limit', () => {
  const WRONG: readonly (readonly [string, pibatch.JobSpec.$Properties])[] = [
    ['name', { name: '' }],
    ['name', { name: 'a/b' }],
    ['ranks', { ranks: 70_000 }],
    ['cores-per-rank', { coresPerRank: 5_000 }],
    ['memory-per-rank', { memoryPerRankBytes: 2 ** 52 }],
    ['time', { timeLimitMs: 2 ** 50 }],
    ['kernel', { kernel: { sha256: 'nonsense', file: 'k.mjs' } }],
    ['kernel', { kernel: { sha256: HASH, file: '../k.mjs' } }],
    ['params', { paramsJson: 'nothing' }],
    ['env', { environment: { 'X;Y': '' } }],
    ['env.X', { environment: { X: 'a\0b' } }],
    ['inputs', { inputs: [{ path: '/etc/passwd', sha256: HASH }] }],
    ['inputs', { inputs: [{ path: 'a/../../b', sha256: HASH }] }],
    [
      'inputs',
      {
        inputs: [
          { path: 'a', sha256: HASH },
          { path: 'a', sha256: HASH },
        ],
      },
    ],
    ['outputs', { outputs: ['/tmp/*'] }],
    ['array', { array: { indexes: [] } }],
    ['array', { array: { indexes: [1], throttle: 0 } }],
    ['size', { size: Number.NaN }],
    ['size', { size: -1 }],
    ['dependency', { dependency: { terms: [{ kind: 'afterall', job: 1 }] } }],
    ['dependency', { dependency: { terms: [{ kind: 'afterok', job: 0 }] } }],
    ['dependency', { dependency: { terms: [{ kind: 'afterok', job: 1, delayMs: 5 }] } }],
    ['dependency', { dependency: { terms: [{ kind: 'after', job: 1, delayMs: 2 ** 50 }] } }],
    [
      'dependency',
      { dependency: { terms: Array.from({ length: 33 }, () => ({ kind: 'afterok', job: 1 })) } },
    ],
    ['dependency', { array: null, dependency: { terms: [{ kind: 'aftercorr', job: 1 }] } }],
    ['dependency', { dependency: { any: true, terms: [{ kind: 'aftercorr', job: 1 }] } }],
    ['array', { array: { tasks: '1-x' } }],
    ['array', { array: { tasks: '4000001' } }],
    ['ranks-per-node', { wishes: { ranksPerNode: 70_000 } }],
    ['nodes min', { wishes: { nodes: { most: 4 } } }],
    ['ranks max', { wishes: { ranks: { least: 1, most: 70_000 } } }],
    ['constraint', { wishes: { constraint: 'pi5&' } }],
    ['gres', { wishes: { gres: [{ name: 'a b', count: 1 }] } }],
    ['gres', { wishes: { gres: [{ name: 'camera', count: 0 }] } }],
    [
      'licenses',
      {
        wishes: {
          licenses: [
            { name: 'm', count: 1 },
            { name: 'm', count: 2 },
          ],
        },
      },
    ],
    ['distribution', { wishes: { distribution: 'plane' } }],
    ['min-time', { wishes: { minTimeMs: 2 ** 50 } }],
    ['nice', { wishes: { nice: -(2 ** 40) } }],
    ['qos', { wishes: { qos: 'a\nb' } }],
    ['reservation', { wishes: { reservation: 'x'.repeat(65) } }],
    ['comment', { comment: 'x'.repeat(2_000) }],
  ];
  test.each(WRONG)('%s: %j', (field, change) => {
    try {
      jobRequest({ ...FULL, ...change }, DEFAULT_SETTINGS);
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      expect(error.refusal).toMatchObject({ code: 'badValue', field });
      expect(JSON.stringify(error.refusal).length).toBeLessThan(400);
    }
  });
});

test.each([
  ['0-999999', 1_000_000],
  ['0-1000000:100', 10_001],
  [`${Array.from({ length: 10_001 }, (_, index) => index).join(',')}`, 10_001],
])('an array of too many tasks is counted, not built', (text, tasks) => {
  try {
    jobRequest({ ...FULL, array: { tasks: text } }, DEFAULT_SETTINGS);
    expect.unreachable();
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    expect(error.refusal).toEqual({ code: 'arrayTooLarge', tasks, limit: 10_000 });
  }
});

test('who names a deadline and no time limit can do with a minute', () => {
  const spec = { name: 'a', command: { args: ['true'] }, wishes: { deadlineMs: 2e12 } };
  expect(jobRequest(spec, DEFAULT_SETTINGS)).toMatchObject({ minTimeMs: 60_000 });
  const limited = jobRequest({ ...spec, timeLimitMs: 5e6 }, DEFAULT_SETTINGS);
  expect(limited.minTimeMs).toBeUndefined();
});

test('whatever bytes a report is made of, it is read or refused', () => {
  assert(
    property(uint8Array({ maxLength: 300 }), (bytes) => {
      try {
        nodeReport(pibatch.NodeReport.decode(bytes));
      } catch (error) {
        const expected = error instanceof RefusedError || error instanceof Error;
        expect(expected && !(error instanceof TypeError)).toBe(true);
      }
    }),
  );
});

test('task lists as Slurm writes them', () => {
  expect(taskRanges([0, 1, 2, 5, 7, 8], 2)).toBe('0-2,5,7-8%2');
  expect(taskRanges([4], undefined)).toBe('4');
  expect(taskRanges([], 2)).toBe('');
});
