import { expect, test } from 'vitest';
import { askedVariables } from '../../nodeagent/part/askedVariables.ts';

test('what a job asked for is in the variables that Slurm sets', () => {
  expect(
    askedVariables({
      wishes: {
        ranksPerNode: 4,
        constraint: 'pi5&nvme',
        licenses: [{ name: 'matlab', count: 2 }],
        qos: 'high',
        reservation: 'lesson',
        distribution: 'cyclic',
      },
      dependency: {
        any: true,
        terms: [
          { kind: 'afterok', job: 12, task: 0 },
          { kind: 'after', job: 7, delayMs: 300_000 },
          { kind: 'singleton', job: 0 },
        ],
      },
      array: { tasks: '2-10:4,14' },
    }),
  ).toEqual({
    SLURM_NTASKS_PER_NODE: '4',
    SLURM_JOB_CONSTRAINTS: 'pi5&nvme',
    SLURM_JOB_LICENSES: 'matlab:2',
    SLURM_JOB_QOS: 'high',
    SLURM_JOB_RESERVATION: 'lesson',
    SLURM_DISTRIBUTION: 'cyclic',
    SLURM_JOB_DEPENDENCY: 'afterok:12_0?after:7+5?singleton',
    SLURM_ARRAY_TASK_COUNT: '4',
    SLURM_ARRAY_TASK_MIN: '2',
    SLURM_ARRAY_TASK_MAX: '14',
    SLURM_ARRAY_TASK_STEP: '4',
  });
});

test('what it did not ask for is not', () => {
  expect(askedVariables({})).toEqual({});
  expect(askedVariables({ array: { tasks: '0,1,5' } })).toMatchObject({
    SLURM_ARRAY_TASK_COUNT: '3',
    SLURM_ARRAY_TASK_STEP: '1',
  });
  expect(askedVariables({ array: { indexes: [7] } })).toMatchObject({
    SLURM_ARRAY_TASK_MIN: '7',
    SLURM_ARRAY_TASK_STEP: '1',
  });
});
