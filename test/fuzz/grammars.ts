/** fast-check grammars of what users and nodes write: samples of them are what is mutated. */
import * as fc from 'fast-check';

const one = (...texts: readonly string[]) => fc.constantFrom(...texts);
const joined = (separator: string, item: fc.Arbitrary<string>, most = 4): fc.Arbitrary<string> =>
  fc.array(item, { minLength: 1, maxLength: most }).map((items) => items.join(separator));
const count = fc.nat(100_000).map(String);
const range = fc.tuple(count, count, count).map(([a, b, step]) => `${a}-${b}:${step}`);

export const hostlist = joined(
  ',',
  fc
    .tuple(one('pi', 'node', 'rack1-pi'), one('', '[1-4]', '[01-16,20]', '[0-3]-[1,2]'))
    .map((parts) => parts.join('')),
);

export const indexes = joined(',', fc.oneof(count, range)).chain((text) =>
  one('', '%4', '%0').map((end) => text + end),
);

export const duration = fc.oneof(
  joined(':', count, 3),
  fc.tuple(count, joined(':', count, 3)).map((parts) => parts.join('-')),
  fc.tuple(count, one('s', 'm', 'h', 'd', 'min', 'hours')).map((parts) => parts.join('')),
  one('unlimited', 'infinite', '1h30m', '1-0'),
);

export const bytes = fc
  .tuple(fc.float({ noNaN: true }), one('', 'K', 'M', 'Gi', 'TB', 'k'))
  .map((parts) => parts.join(''));

export const moment = one('now', 'now+1hour', '16:00', '2026-01-31T12:30', 'tomorrow', '01/02/26');

export const dependency = joined(
  ',',
  fc
    .tuple(one('afterok', 'afterany', 'after', 'aftercorr'), joined(':', count))
    .map((parts) => parts.join(':')),
);

export const constraint = joined('&', one('pi5', '[rack1|rack2]', 'arm64*2', '(pi4|pi5)', '!x'));
export const countable = joined(',', one('gpu:2', 'camera', 'license:3', 'a=1'));

const cronField = joined(',', one('*', '*/5', '0', '1-5', 'MON-FRI', 'L', '15W', '2#1', '59'), 3);
export const cron = fc.oneof(
  fc.array(cronField, { minLength: 4, maxLength: 7 }).map((fields) => fields.join(' ')),
  one('@daily', '@hourly', '@reboot'),
);

export const swf = joined(
  '\n',
  fc.oneof(
    one('; MaxProcs: 128', '; MaxNodes: 64', ';'),
    fc
      .array(fc.integer({ min: -1, max: 1_000_000 }), { minLength: 18, maxLength: 18 })
      .map((numbers) => numbers.join(' ')),
  ),
  8,
);

const yamlLine = one(
  'name: pi-digits',
  'command: [python3, sim.py]',
  'script: |\n  echo hello\n  sleep 1',
  'ranks: 8',
  'ranks: {min: 2, max: 16}',
  'time: 10m',
  'memory-per-rank: 200M',
  'array: 0-99%8',
  'dependency: afterok:41',
  'schedule: {cron: "0 2 * * *", timezone: Europe/Madrid, overlap: skip}',
  'params: {digits: 100000, list: [1, 2, {a: b}]}',
  'env: {OMP_NUM_THREADS: "1"}',
  'requeue: true',
  'x: &a [1]\ny: [*a, *a, *a]',
  '"unknown key": ~',
);
export const jobYaml = joined('\n', yamlLine, 8);

export const script = joined(
  '\n',
  one(
    '#!/bin/sh',
    '#SBATCH --time=1:00 -n 4',
    '#PIBATCH --ranks 4',
    "#SBATCH --job-name='a b'",
    '#SBATCH --array=1-10%2',
    '#SBATCH --constraint="pi5"',
    'echo hello',
    '',
  ),
  8,
);

export const hostLine = fc
  .record(
    {
      kind: one('hello', 'running', 'progress', 'output', 'ended'),
      part: fc.string(),
      process: fc.nat(),
      startedMs: fc.double(),
      wired: fc.boolean(),
      fraction: fc.float(),
      rank: fc.nat(),
      sizeBytes: fc.nat(),
    },
    { requiredKeys: ['kind'] },
  )
  .map((value) => JSON.stringify(value));

const run = fc.record(
  {
    ranks: fc.nat(64),
    seconds: fc.double({ noDefaultInfinity: true }),
    app: one('pi', 'digits', ''),
    joules: fc.float(),
    nodes: fc.nat(4),
  },
  { requiredKeys: ['ranks', 'seconds'] },
);
const csvLine = fc.tuple(fc.nat(64), fc.float(), one('a', '"b,""c"', '')).map(String);
/** Of `piacct speedup --from`. */
export const runs = fc.oneof(
  fc.array(run, { maxLength: 6 }).map((rows) => JSON.stringify(rows)),
  joined('\n', csvLine, 6).map((rows) => `ranks,seconds,app\n${rows}`),
);
