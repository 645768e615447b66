import { expect, test } from 'vitest';
import { decodeSnapshot } from '../../../scheduler/live/eventCodec.ts';
import { clusterFrom, snapshotOf } from '../../../scheduler/machine/snapshot.ts';
import { DEFAULT_SETTINGS } from '../../../scheduler/model/defaultSettings.ts';
import { timeMs } from '../../../scheduler/model/time.ts';

test('a snapshot of the first version, with none of the later fields, is still read', () => {
  const first = { generation: 3, nextJobId: 42, jobs: [], nodes: [], schedules: [] };
  const snapshot = decodeSnapshot(JSON.stringify(first));
  const cluster = clusterFrom(DEFAULT_SETTINGS, snapshot, timeMs(0));
  expect(snapshotOf(cluster)).toMatchObject(first);
});
