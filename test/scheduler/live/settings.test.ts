import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { exampleConfiguration } from '../../../scheduler/live/configuration/example.ts';
import { parseSettings } from '../../../scheduler/live/configuration/readFile.ts';
import { readSettings } from '../../../scheduler/live/settings.ts';
import { DEFAULT_SETTINGS } from '../../../scheduler/model/defaultSettings.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../scheduler/model/time.ts';

const parse = (text: string) => parseSettings('cluster.yaml', text);
const home = join(tmpdir(), `pibatch-settings-${process.pid}`);
afterAll(() => rmSync(home, { recursive: true, force: true }));

test('everything has a default, and so has the file', () => {
  mkdirSync(home);
  expect(readSettings(home)).toEqual({
    ...DEFAULT_SETTINGS,
    policy: 'backfill',
    reservations: 500,
  });
});

test('the JSON file of earlier versions is read until there is a YAML file', () => {
  const old = {
    partitions: [
      { name: 'main', maxTimeMs: 60_000 },
      { name: 'long', maxTimeMs: 0 },
    ],
    heartbeatMs: 200,
    maxLiveJobs: 7,
    users: { ada: 'admin', bob: 'user' },
  };
  writeFileSync(join(home, 'cluster.json'), JSON.stringify(old, null, '\t'));
  const { partitions, heartbeatMs, maxLiveJobs, roles } = readSettings(home);
  expect({ partitions, heartbeatMs, maxLiveJobs }).toEqual({
    partitions: old.partitions,
    heartbeatMs: 200,
    maxLiveJobs: 7,
  });
  expect(roles).toEqual({ ada: 'admin' });
  writeFileSync(join(home, 'cluster.yaml'), 'limits: {maxLiveJobs: 8}\n');
  expect(readSettings(home)).toMatchObject({ maxLiveJobs: 8, heartbeatMs: 5_000 });
});

test('values are read as people write them', () => {
  const settings = parse(`
partitions:
  main: {maxTime: 1-00:00, defaultTime: 30, nodes: "pi[1-3],pi9", grace: 30s}
  any: {maxTime: unlimited, allowUsers: ada}
qos:
  high: {perUser: {maxTime: 2h}, group: {maxCores: 8}}
nodes:
  pi[1-2]: {memory: 3G, gres: "camera:2,nvme", features: [ssd, pi5]}
licenses: {matlab: 2}
priority: {fairShare: 10, halfLife: 2w}
intervals: {lease: 5m}
`);
  expect(settings).toMatchObject({
    partitions: [
      { name: 'main', maxTimeMs: DAY_MS, defaultTimeMs: 30 * MINUTE_MS, graceMs: 30_000 },
      { name: 'any', maxTimeMs: 0, allowUsers: ['ada'] },
    ],
    qos: [{ name: 'high', perUser: { maxTimeMs: 2 * HOUR_MS }, group: { maxCores: 8 } }],
    nodes: [
      {
        names: ['pi1', 'pi2'],
        memoryBytes: 3 * 2 ** 30,
        gres: [
          { name: 'camera', count: 2 },
          { name: 'nvme', count: 1 },
        ],
      },
    ],
    licenses: [{ name: 'matlab', count: 2 }],
    priority: { fairShare: 10, halfLifeMs: 14 * DAY_MS },
    leaseMs: 5 * MINUTE_MS,
  });
  expect(settings.partitions[0]?.nodes).toEqual(['pi1', 'pi2', 'pi3', 'pi9']);
});

test('the example is right as it is, and with every section uncommented', () => {
  const text = exampleConfiguration('ada-l');
  expect(parse(text)).toMatchObject({ ...DEFAULT_SETTINGS, roles: { 'ada-l': 'admin' } });
  const lines = text.split('\n').slice(3);
  const whole = parse(
    lines.map((line) => line.replace(/^# (?=\s*(Raspberry Pi )?[\w[\]-]+:( |$))/, '')).join('\n'),
  );
  expect(whole.partitions.map(({ name }) => name)).toEqual(['main', 'quick']);
  for (const section of [
    'qos',
    'accounts',
    'nodes',
    'licenses',
    'priority',
    'policy',
    'power',
  ] as const)
    expect(whole, section).toHaveProperty(section);
  expect(whole.power).toEqual([
    { name: 'Raspberry Pi 400', idleW: 2.1, fullW: 6.4 },
    { name: 'Raspberry Pi 5', idleW: 3.2, fullW: 10.5, overheadW: 1.5 },
  ]);
  expect(whole.roles).toEqual({ 'ada-l': 'admin', ada: 'operator' });
});

test('all faults are told at once, each where it is', () => {
  const text = `partitions:
  main:
    maxTime: 2x
    nodes: pi[9-1]
    stat: down
qos:
  High: {}
  low: {perUser: {maxCore: 1}}
hartbeat: 5s
priority: {age: -1}
`;
  expect(() => parse(text)).toThrow(
    `cluster.yaml:3:5: partitions.main.maxTime: "2x" is no time limit (use 30m, 2h, 1-00:00)
cluster.yaml:4:5: partitions.main.nodes: "pi[9-1]" is no list of nodes (use pi[1-4],pi9 or [pi1, pi2])
cluster.yaml:5:5: partitions.main.stat: unknown key; did you mean 'state'?
cluster.yaml:7:3: qos.High: this is no name (use 1-32 of a-z 0-9 _ -, a letter first)
cluster.yaml:8:19: qos.low.perUser.maxCore: unknown key; did you mean 'maxCores'?
cluster.yaml:9:1: hartbeat: unknown key; did you mean 'heartbeat' in 'intervals'?
cluster.yaml:10:12: priority.age: -1 is not a whole number from 0 to 1000000000`,
  );
});

describe('one line says what is wrong, where, and what would do', () => {
  test.each([
    ['partitions: {main: {maxTime: 1h', /^cluster.yaml:\d+:\d+: /],
    ['policy: fifo\npolicy: easy', /:2:1: the same key twice/],
    ['policy: &a fifo\nusers: *a', /alias/i],
    ['policy: magic', /:1:1: policy: "magic" is none of backfill, easy, fifo, predictive/],
    ['[]', /:1:1: \[\] is not a map of sections/],
    ['qos: [a]', /:1:1: qos: \["a"\] is not a map of keys/],
    ['partitions: []', /:1:1: partitions: \[\] is not/],
    ['partitions: [{name: a}, {name: a}]', /:1:26: partitions.1.name: "a" is there twice/],
    ['partitions: [{name: Main Queue}]', /partitions.0.name: "Main Queue" is no name/],
    ['users: {ada: root}', /:1:9: users.ada: "root" is none of user, operator, admin/],
    ['heartbeatMs: 5', /heartbeatMs: 5 is not a whole number from 100 to 60000/],
    ['intervals: {heartbeat: 5}', /:1:13: intervals.heartbeat: 5 is no duration/],
    ['intervals: {heartbeat: 10ms}', /heartbeat: "10ms" is not from 100ms to 1m/],
    ['intervals: {silentAfter: 4s}', /:1:13: intervals.silentAfter: 4s must be more than .*5s/],
    ['intervals: {downAfter: 14s}', /downAfter: 14s must not be less than silentAfter, 15s/],
    ['partitions: {a: {maxTime: 1h, defaultTime: 2h}}', /:1:31: .*2h is longer than maxTime, 1h/],
    [
      'partitions: {a: {qos: hihg}}\nqos: {high: {}}',
      /no QoS is called "hihg"; did you mean 'high'/,
    ],
    ['partitions: {a: {allowQos: [b]}}', /no QoS is called "b"; there are none in this file/],
    [
      'partitions: {a: {allowAccounts: [b], denyAccounts: [b]}}\naccounts: {b: {}}',
      /:1:38: partitions.a.denyAccounts: b is in allowAccounts too/,
    ],
    ['qos: {a: {preempts: [a]}}', /"a" cannot preempt itself/],
    ['accounts: {a: {parent: b}}', /:1:16: accounts.a.parent: no account is called "b"/],
    ['accounts: {root: {}}', /root is what all accounts are below/],
    [
      'accounts: {a: {parent: b}, b: {parent: c}, c: {parent: a}}',
      /:1:16: accounts.a.parent: a circle: a is below b is below c is below a$/,
    ],
    ['nodes: {"pi[1-": {}}', /:1:9: nodes.pi\[1-: is no list of nodes/],
    [
      'nodes: {"pi[1-3]": {cores: 2}, pi2: {cores: 1}}',
      /:1:32: nodes.pi2: cores of pi2 is said by "pi\[1-3\]" too/,
    ],
    ['nodes: {pi1: {memory: 3 apples}}', /"3 apples" is no amount of memory \(use 512M, 3.5G\)/],
    ['licenses: {matlab: 0}', /licenses: .* is no list of resources/],
  ])('%s', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
});
