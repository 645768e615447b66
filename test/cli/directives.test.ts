import { describe, expect, test } from 'vitest';
import { readDirectives } from '../../cli/jobFile/directives.ts';
import { JobFileError } from '../../cli/jobFile/place.ts';

const context = { nowMs: 0, environment: { HERE: 'set' } };
const read = (...lines: string[]) =>
  readDirectives('job.sh', ['#!/bin/bash', ...lines].join('\n'), context);

function refusal(...lines: string[]): string {
  try {
    read(...lines);
  } catch (error) {
    if (error instanceof JobFileError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('#SBATCH lines', () => {
  test('common options in all their spellings', () => {
    const { draft, warnings } = read(
      '#SBATCH --job-name="two words" -n 4',
      '#SBATCH -c2   # cores',
      '#SBATCH --time 1:30:00',
      '#SBATCH -p=main',
      '',
      '# a comment',
      "#SBATCH --comment='it''s' --requeue",
      '#SBATCH --mem-per-cpu=100M',
      '#SBATCH --export=NONE,A=1,HERE',
    );
    expect(draft).toEqual({
      name: 'two words',
      ranks: 4,
      coresPerRank: 2,
      timeLimitMs: 5_400_000,
      partition: 'main',
      comment: 'its',
      requeue: true,
      memory: { per: 'core', bytes: 100 * 2 ** 20 },
      environment: { A: '1', HERE: 'set' },
    });
    expect(warnings).toEqual([]);
  });

  test('where and when it shall run', () => {
    const { draft, warnings } = read(
      '#SBATCH -N 2-4 --ntasks-per-node=4 --exclusive --contiguous -m cyclic',
      '#SBATCH -C "(pi4|pi5)&nvme" --gres camera:2 -L matlab --mem=1G',
      '#SBATCH --time-min=5 --deadline 1970-01-02T00:00Z --nice=100 -q high --reservation=lesson',
      '#PIBATCH --uniform -n 2-8',
    );
    expect(draft).toEqual({
      nodes: { least: 2, most: 4 },
      ranksPerNode: 4,
      exclusive: true,
      contiguous: true,
      uniform: true,
      distribution: 'cyclic',
      constraint: {
        kind: 'all',
        of: [
          { kind: 'any', of: ['pi4', 'pi5'].map((feature) => ({ kind: 'feature', feature })) },
          { kind: 'feature', feature: 'nvme' },
        ],
      },
      gres: [{ name: 'camera', count: 2 }],
      licenses: [{ name: 'matlab', count: 1 }],
      memory: { per: 'node', bytes: 2 ** 30 },
      minTimeMs: 300_000,
      deadlineMs: 86_400_000,
      nice: 100,
      qos: 'high',
      reservation: 'lesson',
      ranks: 8,
      ranksRange: { least: 2, most: 8 },
    });
    expect(warnings).toEqual([]);
  });

  test('the later line wins', () => {
    expect(read('#SBATCH -n 4', '#SBATCH -n 8', '#PIBATCH --ranks 2').draft.ranks).toBe(2);
  });

  test('they stop at the first command', () => {
    expect(read('#SBATCH -n 4', 'echo hi', '#SBATCH -n 8').draft.ranks).toBe(4);
  });

  test('what changes no result is left out with a warning', () => {
    const { draft, warnings } = read('#SBATCH -o out.txt --mail-type=END', '#SBATCH -O');
    expect(draft).toEqual({});
    expect(warnings).toEqual([
      'job.sh:2: -o is left out: output is kept with the job; see pilogs JOB',
      'job.sh:2: --mail-type is left out: no mail is sent; see piqueue and piacct',
      'job.sh:3: -O is left out: cores are never shared',
    ]);
  });

  test.each([
    ['#SBATCH --dependency=after:4+x', /^job\.sh:2:9: --dependency: not a job/],
    ['#SBATCH --nodefile=pi1', /^job\.sh:2:9: --nodefile cannot be honoured: /],
    ['#SBATCH -N 4-2', /^job\.sh:2:9: -N: a range whose least, 4, is above its most, 2/],
    ['#SBATCH --gres=gpu:tesla:1', /^job\.sh:2:9: --gres: not of the form NAME/],
    ['#SBATCH -C pi5&', /^job\.sh:2:9: -C: a feature is missing .*, at character 5/],
    ['#SBATCH --exclusive=user', /^job\.sh:2:9: --exclusive: not yes or no/],
    ['#SBATCH --nttasks=4', "job.sh:2:9: unknown option --nttasks; did you mean '--ntasks'?"],
    ['#SBATCH -n four', /^job\.sh:2:9: -n: not a whole number from 1 to 65536, nor .*: 'four'/],
    ['#SBATCH -n', 'job.sh:2:9: -n needs a value'],
    ['#SBATCH -n 4 -t "1:00', 'job.sh:2:17: a quote (") that is never closed'],
    ['#SBATCH ntasks=4', "job.sh:2:9: 'ntasks=4' is not an option"],
    ['#PIBATCH --rank 4', "job.sh:2:10: unknown option --rank; did you mean '--ranks'?"],
    ['#PIBATCH -Z 4', 'job.sh:2:10: unknown option -Z'],
    ['#SBATCHX -n 4', 'accepted'],
  ])('%s', (line, expected) => {
    if (typeof expected === 'string') expect(refusal(line)).toBe(expected);
    else expect(refusal(line)).toMatch(expected);
  });

  test('every complaint is reported, with its own place', () => {
    expect(refusal('#SBATCH -n 0', '#SBATCH --gpus=1').split('\n')).toHaveLength(2);
  });
});
