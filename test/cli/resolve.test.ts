import { describe, expect, test } from 'vitest';
import { addTo, type JobDraft, layOver } from '../../cli/jobFile/draft.ts';
import { JOB_KEYS, jobKey } from '../../cli/jobFile/keys.ts';
import { resolveJob } from '../../cli/jobFile/resolve.ts';
import { readVariables, variableOf } from '../../cli/jobFile/variables.ts';

const program = { kind: 'command', args: ['/bin/true'] } as const;
const MB = 2 ** 20;
const things = (name: string, count: number) => ({ name, count });

describe('precedence', () => {
  test('over wins, members are laid together', () => {
    const file = {
      ranks: 4,
      time: 1,
      environment: { A: '1', B: '1' },
      schedule: { cron: '@daily', overlap: 'skip' as const },
      inputs: ['a'],
    };
    const options = {
      ranks: 8,
      environment: { B: '2' },
      schedule: { overlap: 'queue' as const },
      inputs: ['b'],
    };
    expect(layOver(file, options)).toMatchObject({
      ranks: 8,
      environment: { A: '1', B: '2' },
      schedule: { cron: '@daily', overlap: 'queue' },
      inputs: ['b'],
    });
  });

  test('whole params replace single ones, single ones change whole ones', () => {
    expect(layOver({ paramMembers: { a: 1 } }, { params: { b: 2 } })).toEqual({ params: { b: 2 } });
    const laid = layOver({ params: { a: 1, b: 1 } }, { paramMembers: { b: 2 } });
    expect(resolveJob({ ...laid, program }, '/').params).toEqual({ a: 1, b: 2 });
  });

  test('repeated values of one source add up', () => {
    expect(addTo({ inputs: ['a'] }, { inputs: ['b'] }).inputs).toEqual(['a', 'b']);
  });

  test('PISUB_ variables read as their options', () => {
    const environment = {
      PISUB_RANKS: '3',
      PISUB_CORES_PER_RANK: '2',
      PISUB_HOLD: 'no',
      PISUB_INPUTS: 'x',
    };
    expect(readVariables({ nowMs: 0, environment })).toEqual({
      ranks: 3,
      coresPerRank: 2,
      hold: false,
    });
    expect(() => readVariables({ nowMs: 0, environment: { PISUB_TIME: 'soon' } })).toThrow(
      /PISUB_TIME: .*'soon'.*unset PISUB_TIME/,
    );
  });
});

test("sbatch's own variables are read below PISUB_ ones", () => {
  const environment = {
    SBATCH_PARTITION: 'slow',
    SBATCH_TIMELIMIT: '10',
    SBATCH_MEM_PER_NODE: '1G',
    SBATCH_CONSTRAINT: 'pi5',
    SBATCH_EXCLUSIVE: '',
    SBATCH_NO_REQUEUE: '1',
    SBATCH_EXPORT: 'NONE',
    PISUB_PARTITION: 'main',
  };
  expect(readVariables({ nowMs: 0, environment })).toEqual({
    partition: 'main',
    timeLimitMs: 600_000,
    memory: { per: 'node', bytes: 1024 * MB },
    constraint: { kind: 'feature', feature: 'pi5' },
    requeue: false,
  });
  const wrong = { nowMs: 0, environment: { SBATCH_ARRAY_INX: '4-2' } };
  expect(() => readVariables(wrong)).toThrow(/SBATCH_ARRAY_INX: .*'4-2'.*unset SBATCH_ARRAY_INX/);
});

describe('keys', () => {
  test('no spelling means two keys', () => {
    const spellings = JOB_KEYS.flatMap(({ name, aliases }) => [name, ...aliases]);
    expect(new Set(spellings).size).toBe(spellings.length);
    expect(new Set(JOB_KEYS.map(variableOf)).size).toBe(JOB_KEYS.length);
  });

  test.each([
    ['ranks', '65536', { ranks: 65_536 }],
    ['ranks', '65537', 'not a whole number from 1 to 65536'],
    ['ranks', '1e3', 'not a whole number'],
    ['memory-per-rank', '1.5G', { memory: { per: 'rank', bytes: 1536 * MB } }],
    ['memory-per-rank', '200', { memory: { per: 'rank', bytes: 200 * MB } }],
    ['time', '90', { timeLimitMs: 5_400_000 }],
    ['time', 'UNLIMITED', { timeLimitMs: 0 }],
    ['size', '0', 'not a number above 0'],
    ['size', '1e6', { size: 1_000_000 }],
    ['begin', 'now+1hour', { beginMs: 3_600_000 }],
    ['param', 'digits=1000', { paramMembers: { digits: 1000 } }],
    ['param', 'mode=fast', { paramMembers: { mode: 'fast' } }],
    ['param', 'fast', 'not of the form NAME=VALUE'],
    ['params', '{"a":', 'not JSON'],
    ['env', 'A=b=c', { environment: { A: 'b=c' } }],
    ['env', 'COPIED', { environment: { COPIED: 'here' } }],
    ['env', 'MISSING', 'a variable that is not set here'],
    ['env', '1A=2', 'not a variable name'],
    ['overlap', 'skp', "not one of skip, queue, replace; did you mean 'skip'?"],
    ['name', 'a\u001b[2J', 'a control character'],
    ['ranks', '2-8', { ranks: 8, ranksRange: { least: 2, most: 8 } }],
    ['ranks', '8-2', 'a range whose least, 8, is above its most, 2'],
    ['nodes', '2-4', { nodes: { least: 2, most: 4 } }],
    ['N', '0', 'not a whole number from 1 to 65536'],
    ['nodes', '2-', 'nor a range such as 2-8'],
    ['ntasks-per-node', '3', { ranksPerNode: 3 }],
    ['mem', '1G', { memory: { per: 'node', bytes: 1024 * MB } }],
    ['mem-per-cpu', '100', { memory: { per: 'core', bytes: 100 * MB } }],
    ['exclusive', 'user', 'not yes or no'],
    ['C', 'pi5', { constraint: { kind: 'feature', feature: 'pi5' } }],
    ['gres', 'camera:2,lora', { gres: [things('camera', 2), things('lora', 1)] }],
    ['L', 'matlab:0', 'not a count from 1'],
    ['L', 'a,a', 'a is named twice'],
    ['distribution', 'plane=2', 'not one of block, cyclic'],
    ['time-min', '5', { minTimeMs: 300_000 }],
    ['min-time', '0', 'not a time above 0'],
    ['deadline', 'now+1hour', { deadlineMs: 3_600_000 }],
    ['nice', '-5', { nice: -5 }],
    ['nice', '3000000000', 'not a whole number from -2147483645'],
    ['qos', 'high', { qos: 'high' }],
    ['reservation', '', 'empty'],
    ['array', '0-1999999', '2000000 indices, above the limit of 1000000'],
    ['array', '0-9%0', 'is not a number of tasks at once'],
  ])('%s %s', (name, text, expected) => {
    const read = jobKey(name)?.read(text, { nowMs: 0, environment: { COPIED: 'here' } });
    if (typeof expected === 'string') {
      expect(read).toMatchObject({ ok: false, message: expect.stringContaining(expected) });
    } else expect(read).toEqual({ ok: true, value: expected });
  });
});

describe('defaults', () => {
  test('a command alone', () => {
    expect(resolveJob({ program }, '/')).toMatchObject({
      name: 'true',
      ranks: 1,
      coresPerRank: 1,
      memoryPerRankBytes: 0,
      timeLimitMs: 0,
      requeue: true,
      hold: false,
      params: {},
      schedule: undefined,
    });
  });

  test('memory per core and of all ranks on one node', () => {
    const job = { program, ranks: 6, coresPerRank: 2 };
    const per = (memory: JobDraft['memory'], more: JobDraft = {}) =>
      resolveJob({ ...job, ...more, ...(memory && { memory }) }, '/').memoryPerRankBytes;
    expect(per({ per: 'core', bytes: 100 })).toBe(200);
    expect(per({ per: 'node', bytes: 100 })).toBe(17);
    expect(per({ per: 'node', bytes: 100 }, { nodes: { least: 2, most: 3 } })).toBe(34);
    expect(per({ per: 'node', bytes: 100 }, { ranksPerNode: 2 })).toBe(50);
  });

  test('ranks follow the nodes where only these are said, as in Slurm', () => {
    const ranks = (draft: JobDraft) => resolveJob({ program, ...draft }, '/').ranks;
    expect(ranks({ nodes: { least: 2, most: 4 } })).toBe(2);
    expect(ranks({ nodes: { least: 2, most: 4 }, ranksPerNode: 3 })).toBe(6);
    expect(ranks({ nodes: { least: 2, most: 4 }, ranks: 3 })).toBe(3);
  });

  test.each([
    [{ schedule: { timezone: 'UTC' } }, 'give its cron'],
    [{ schedule: { cron: '@daily' }, array: { indexes: [1], throttle: undefined } }, 'array'],
    [{ schedule: { cron: '@daily' }, beginMs: 5 }, 'leave out begin'],
    [{ params: [1], paramMembers: { a: 1 } }, 'not an object'],
    [{ schedule: { cron: '@daily' }, deadlineMs: 5 }, 'leave it out'],
    [{ ranks: 2, nodes: { least: 4, most: 4 } }, 'nodes 4 does not go with ranks 2'],
    [{ ranks: 9, nodes: { least: 2, most: 2 }, ranksPerNode: 4 }, 'room for 8 ranks'],
    [{ ranks: 8, ranksRange: { least: 2, most: 8 }, nodes: { least: 9, most: 9 } }, 'at least one'],
    [{ timeLimitMs: 60_000, minTimeMs: 120_000 }, 'min-time 2m00s is longer than the time limit'],
    [{ beginMs: 2e12, deadlineMs: 1e12 }, 'is not before the deadline'],
    [
      {
        nodes: { least: 1, most: 2 },
        constraint: { kind: 'counted' as const, of: [{ feature: 'pi5', nodes: 3 }] },
      },
      'nodes 1-2 does not go with constraint pi5*3',
    ],
  ])('%j is a conflict', (draft, problem) => {
    expect(() => resolveJob({ ...draft, program }, '/')).toThrow(problem);
  });
});
