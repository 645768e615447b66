import { describe, expect, test } from 'vitest';
import { readJobYaml } from '../../cli/jobFile/jobYaml.ts';
import { JobFileError } from '../../cli/jobFile/place.ts';

const context = { nowMs: 0, environment: {}, folder: '/work' };
const read = (text: string) => readJobYaml('job.yaml', text, context);

function complaintsOf(text: string): string {
  try {
    read(text);
  } catch (error) {
    if (error instanceof JobFileError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('job.yaml', () => {
  test('every key of the design', () => {
    const draft = read(`name: pi-digits
kernel: ./pi-digits.ts
ranks: 8
cores-per-rank: 2
memory-per-rank: 200M
time: 10m
partition: main
account: physics
begin: 2026-01-31T00:00Z
dependency: afterok:12:13_4,after:7+5,singleton
hold: true
requeue: false
array: 0-9%2
params: {digits: 100000, list: [1, 2.5, null]}
inputs: [data/*.csv]
outputs:
  - result/*.json
env: {OMP_NUM_THREADS: 1, CODE: 0755, ON: true}
size: 1e5
comment: nightly run
group: sweep-1
`);
    expect(draft).toEqual({
      folder: '/work',
      name: 'pi-digits',
      program: { kind: 'kernel', file: './pi-digits.ts', folder: '/work' },
      ranks: 8,
      coresPerRank: 2,
      memory: { per: 'rank', bytes: 200 * 2 ** 20 },
      timeLimitMs: 600_000,
      partition: 'main',
      account: 'physics',
      beginMs: Date.UTC(2026, 0, 31),
      dependency: {
        match: 'all',
        terms: [
          { kind: 'afterok', job: 12, task: undefined, delayMs: 0 },
          { kind: 'afterok', job: 13, task: 4, delayMs: 0 },
          { kind: 'after', job: 7, task: undefined, delayMs: 300_000 },
          { kind: 'singleton', job: 0, task: undefined, delayMs: 0 },
        ],
      },
      hold: true,
      requeue: false,
      array: { indexes: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], throttle: 2 },
      params: { digits: 100_000, list: [1, 2.5, null] },
      inputs: ['data/*.csv'],
      outputs: ['result/*.json'],
      environment: { OMP_NUM_THREADS: '1', CODE: '0755', ON: 'true' },
      size: 100_000,
      comment: 'nightly run',
      group: 'sweep-1',
    });
  });

  test('a schedule, a command and a script', () => {
    const cron =
      'schedule: {cron: "0 2 * * *", timezone: Europe/Madrid, overlap: replace, missed: run-all}';
    expect(read(`command: [python3, sim.py, 3]\n${cron}`)).toMatchObject({
      program: { kind: 'command', args: ['python3', 'sim.py', '3'] },
      schedule: {
        cron: '0 2 * * *',
        timezone: 'Europe/Madrid',
        overlap: 'replace',
        missed: 'run-all',
      },
    });
    expect(read('script: |\n  echo hi\n')).toMatchObject({
      program: { kind: 'script', text: '#!/bin/sh\necho hi\n', args: [] },
    });
  });

  test.each([
    ['name: [1', /^job\.yaml:1:9: /],
    ['name: a\nname: b', 'job.yaml:2:1: the same key twice'],
    ['a: &x 1\nb: *x', 'job.yaml:2:4: an alias (*x) is not supported here'],
    ['name: !!js/function x', /^job\.yaml:1:7: Unresolved tag/],
    ['name: a\n---\nname: b', /^job\.yaml:2:1: Source contains multiple documents/],
    ['', 'job.yaml:1:1: the file says nothing'],
    ['- name', 'job.yaml:1:1: not a job: keys such as name, kernel and ranks are needed'],
    ['kernel: k.ts\nrank: 4', "job.yaml:2:1: unknown key 'rank'; did you mean 'ranks'?"],
    [
      'kernel: k.ts\nschedule:\n  cron: "@daily"\n  zone: UTC',
      "job.yaml:4:3: unknown key 'zone' (known: cron, timezone, overlap, missed)",
    ],
    ['kernel: k.ts\nranks: eight', 'job.yaml:2:8: ranks: must be a whole number, not "eight"'],
    [
      'kernel: k.ts\nranks: 8-2',
      "job.yaml:2:8: ranks: a range whose least, 8, is above its most, 2: '8-2', at character 1",
    ],
    [
      'kernel: k.ts\nranks: {min: 2}',
      'job.yaml:2:8: ranks.max: must be a whole number, not nothing',
    ],
    [
      'kernel: k.ts\nranks: {min: 2, most: 8, max: 4}',
      "job.yaml:2:17: unknown key 'most' (known: min, max)",
    ],
    [
      'kernel: k.ts\nnodes: {min: 0, max: 4}',
      'job.yaml:2:14: nodes.min: must be at least 1, not 0',
    ],
    ['kernel: k.ts\nnodes: [1]', 'job.yaml:2:8: nodes: must be a whole number, not [1]'],
    [
      'kernel: k.ts\nranks-per-node: 1.5',
      'job.yaml:2:17: ranks-per-node: must be a whole number, not 1.5',
    ],
    ['kernel: k.ts\nexclusive: 1', 'job.yaml:2:12: exclusive: must be true or false, not 1'],
    [
      'kernel: k.ts\nconstraint: "pi5&"',
      /^job\.yaml:2:13: constraint: a feature is missing .*: 'pi5&', at character 5/,
    ],
    [
      'kernel: k.ts\ngres: "camera:x"',
      /^job\.yaml:2:7: gres: not of the form NAME or NAME:COUNT 'camera:x'/,
    ],
    [
      'kernel: k.ts\ndistribution: plane',
      'job.yaml:2:15: distribution: must be one of block, cyclic, not "plane"',
    ],
    ['kernel: k.ts\nnice: much', 'job.yaml:2:7: nice: must be a whole number, not "much"'],
    [
      'kernel: k.ts\nmemory-per-rank: 1G\nmemory-per-node: 1G',
      'job.yaml:3:18: memory-per-node: memory is said per rank, per core or per node; give one of them',
    ],
    [
      'kernel: k.ts\narray: 0-1999999',
      /^job\.yaml:2:8: array: 2000000 indices, above the limit of 1000000/,
    ],
    ['kernel: k.ts\narray: [1, -2]', /^job\.yaml:2:/],
    ['kernel: k.ts\nranks: 2.5', 'job.yaml:2:8: ranks: must be a whole number, not 2.5'],
    ['kernel: k.ts\nranks: 0', 'job.yaml:2:8: ranks: must be at least 1, not 0'],
    ['kernel: k.ts\nranks: 65537', 'job.yaml:2:8: ranks: must be at most 65536, not 65537'],
    ['kernel: k.ts\nname: 12', 'job.yaml:2:7: name: must be text, not 12; quote it'],
    ['kernel: k.ts\nhold: "yes"', 'job.yaml:2:7: hold: must be true or false, not "yes"'],
    ['kernel: k.ts\nsize: 0', 'job.yaml:2:7: size: must be above 0, not 0'],
    [
      'command: python3 sim.py',
      'job.yaml:1:10: command: must be a list, not "python3 sim.py"; write command: [program, argument], or script: for a shell line',
    ],
    [
      'kernel: k.ts\nschedule: {cron: "@daily", missed: twice}',
      'job.yaml:2:36: schedule.missed: must be one of skip, run-once, run-all, not "twice"',
    ],
    ['name: a', 'job.yaml:1:1: exactly one of kernel, command and script is needed; none is given'],
    [
      'kernel: k.ts\nscript: ls',
      'job.yaml:2:9: exactly one of kernel, command and script is needed; given: kernel and script',
    ],
    ['kernel: k.ts\nenv: {A-B: 1}', /^job\.yaml:2:12: env: not a variable name/],
    ['kernel: k.ts\nparams: {x: .nan}', /^job\.yaml:2:13: params: a number that JSON cannot hold/],
    ['kernel: k.ts\nname: "a/b"', /^job\.yaml:2:7: name: a name with '\/'/],
    ['kernel: k.ts\nname: "a\\tb"', /^job\.yaml:2:7: name: a control character/],
    ['kernel: k.ts\ndependency: afterok', /^job\.yaml:2:13: dependency: afterok needs a job/],
    ['kernel: k.ts\ndependency: afterokay:1', /did you mean 'afterok'\?/],
    ['kernel: k.ts\ndependency: "afterok:1,afterany:2?afterok:3"', /both ',' \(all\) and '\?'/],
    ['kernel: k.ts\ndependency: afterok:1+5', /\+MINUTES goes with after only/],
    ['kernel: k.ts\ndependency: afterok:x1', /not a job, such as 12 or 20_4: 'x1'/],
    ['kernel: k.ts\ndependency: singleton:1', /singleton takes no job/],
    ['kernel: k.ts\ndependency: "after:1+600000"', /above the limit of 525600/],
  ])('%j', (text, expected) => {
    if (typeof expected === 'string') expect(complaintsOf(text)).toBe(expected);
    else expect(complaintsOf(text)).toMatch(expected);
  });

  test('values are read by the same readers as options', () => {
    const text = 'kernel: k.ts\ntime: soon\nmemory-per-rank: 3X\narray: 5-1\n';
    expect(complaintsOf(text).split('\n')).toEqual([
      expect.stringMatching(/^job\.yaml:2:7: time: .*'soon'/),
      expect.stringMatching(/^job\.yaml:3:18: memory-per-rank: unknown unit 'X'/),
      expect.stringMatching(/^job\.yaml:4:8: array: a range that runs backwards/),
    ]);
  });

  test('at most ten complaints are shown', () => {
    const text = Array.from({ length: 14 }, (_, index) => `unknown${index}: 1`).join('\n');
    expect(complaintsOf(text)).toMatch(/and 4 more$/);
    expect(complaintsOf(text).split('\n')).toHaveLength(11);
  });

  test('nesting without end is refused, not a crash', () => {
    expect(complaintsOf(`params: ${'['.repeat(50_000)}`)).toMatch(/^job\.yaml:\d+:\d+: /);
  });

  test('a name that the prototype knows is a key like any other', () => {
    expect(complaintsOf('kernel: k.ts\n__proto__: 1')).toMatch(/job\.yaml:2:1: unknown key/);
    expect(complaintsOf('kernel: k.ts\nconstructor: 1')).toMatch(/job\.yaml:2:1: unknown key/);
  });
});
