import { expect, test } from 'vitest';
import { parseSettings } from '../../scheduler/live/configuration/readFile.ts';
import { userName } from '../../scheduler/model/ids.ts';
import { withDefaults } from '../../scheduler/policy/access.ts';
import { requestOf } from './requests.ts';

const SETTINGS = parseSettings(
  'access',
  `
partitions: {main: {qos: normal}, pair: {maxNodes: 2}}
qos: {normal: {}, small: {perUser: {maxNodesPerJob: 1}}}
accounts: {open: {}, physics: {users: [ada]}, optics: {parent: physics}}
`,
);

const filled = (user: string, fields: Parameters<typeof requestOf>[0], account?: string) => {
  const request = requestOf({ ...fields, ...(account !== undefined && { account }) });
  const named = { account: account !== undefined };
  const {
    account: given,
    qos,
    nodes,
  } = withDefaults(SETTINGS, { user: userName(user), request }, named);
  return { account: given, qos, nodes };
};

test('who names no account has the first that lists him, else the first open one', () => {
  expect(filled('ada', {}).account).toBe('physics');
  expect(filled('ben', {}).account).toBe('open');
  expect(filled('ben', {}, 'optics').account).toBe('optics');
});

test('the partition gives the QoS of jobs that name none', () => {
  expect(filled('ada', {}).qos).toBe('normal');
  expect(filled('ada', { qos: 'small' }).qos).toBe('small');
  expect(filled('ada', { partition: 'pair' }).qos).toBeUndefined();
});

test('a job spreads over no more nodes than its partition and QoS allow', () => {
  expect(filled('ada', {}).nodes).toBeUndefined();
  expect(filled('ada', { partition: 'pair' }).nodes).toEqual({ least: 1, most: 2 });
  expect(filled('ada', { partition: 'pair', qos: 'small' }).nodes).toEqual({ least: 1, most: 1 });
  const nodes = { least: 2, most: 5 };
  expect(filled('ada', { partition: 'pair', nodes }).nodes).toEqual({ least: 2, most: 2 });
  const many = { least: 3, most: 5 };
  expect(filled('ada', { partition: 'pair', nodes: many }).nodes).toEqual(many);
});
