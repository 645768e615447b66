import { describe, expect, test } from 'vitest';
import { addTo, layOver } from '../../cli/jobFile/draft.ts';
import { JOB_KEYS, jobKey } from '../../cli/jobFile/keys.ts';
import { resolveJob } from '../../cli/jobFile/resolve.ts';
import { readVariables, variableOf } from '../../cli/jobFile/variables.ts';

const program = { kind: 'command', args: ['/bin/true'] } as const;
const MB = 2 ** 20;

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

  test('memory per core and of the whole job', () => {
    const job = { program, ranks: 3, coresPerRank: 2 };
    const per = (memory: { per: 'core' | 'job'; bytes: number }) =>
      resolveJob({ ...job, memory }, '/').memoryPerRankBytes;
    expect(per({ per: 'core', bytes: 100 })).toBe(200);
    expect(per({ per: 'job', bytes: 100 })).toBe(34);
  });

  test.each([
    [{ schedule: { timezone: 'UTC' } }, 'give its cron'],
    [{ schedule: { cron: '@daily' }, array: { indexes: [1], throttle: undefined } }, 'array'],
    [{ schedule: { cron: '@daily' }, beginMs: 5 }, 'leave out begin'],
    [{ params: [1], paramMembers: { a: 1 } }, 'not an object'],
  ])('%j is a conflict', (draft, problem) => {
    expect(() => resolveJob({ ...draft, program }, '/')).toThrow(problem);
  });
});
