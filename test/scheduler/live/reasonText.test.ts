import { describe, expect, test } from 'vitest';
import { reasonText } from '../../../scheduler/live/reasonText.ts';
import type { PendingReason } from '../../../scheduler/model/reason.ts';

const only = { suitable: 3, of: 8, wish: 'have nvme' };
const course = {
  kind: 'Reservation',
  reservation: 'course',
  fromMs: Date.UTC(2026, 0, 1, 8),
  toMs: Date.UTC(2026, 0, 1, 10),
} as const;

const said: readonly (readonly [PendingReason, string])[] = [
  [
    { kind: 'Resources', wantedCores: 4, freeCores: 1, wantedMemoryBytes: 0, only },
    'needs 4 cores; free: 1 core; 3 of 8 nodes have nvme',
  ],
  [
    {
      kind: 'Resources',
      wantedCores: 1,
      freeCores: 3,
      wantedMemoryBytes: 0,
      only,
      lack: { of: 'gres', name: 'camera', wanted: 2, free: 1, on: 3 },
    },
    'needs camera:2 on each of its nodes; at most 1 free on any of the 3 nodes that have it',
  ],
  [
    {
      kind: 'Resources',
      wantedCores: 4,
      freeCores: 9,
      wantedMemoryBytes: 0,
      lack: { of: 'feature', name: 'pi5', wanted: 2, free: 1 },
    },
    'needs 2 nodes with pi5, has room on 1 of them',
  ],
  [
    { kind: 'BadConstraints', wantedRanks: 16, largestRanks: 12, only },
    '3 of 8 nodes have nvme: room for 12 ranks if all were idle, 16 wanted',
  ],
  [
    { kind: 'Licenses', license: 'matlab', wanted: 2, free: 0, of: 4 },
    'licenses matlab: 2 wanted, 0 of 4 free',
  ],
  [
    { ...course, how: 'ahead' },
    'would fit, but its time limit reaches into reservation course, which begins 2026-01-01T08:00:00.000Z',
  ],
  [
    { ...course, how: 'now' },
    'would fit, but reservation course has the nodes until 2026-01-01T10:00:00.000Z',
  ],
  [
    { ...course, how: 'asked' },
    'waits for reservation course: 2026-01-01T08:00:00.000Z to 2026-01-01T10:00:00.000Z',
  ],
];

describe('a reason names what is lacking', () => {
  test.each(said)('%o', (reason, text) => {
    expect(reasonText(reason)).toBe(text);
  });
});
