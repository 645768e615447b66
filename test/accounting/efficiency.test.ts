import { expect, test } from 'vitest';
import { attemptEfficiency } from '../../accounting/efficiency.ts';
import { attemptCoreMs, type AttemptUsage } from '../../accounting/usage.ts';

const MB = 1024 ** 2;
const attempt: AttemptUsage = {
  job: '12',
  attempt: 1,
  state: 'COMPLETED',
  submitMs: 1000,
  startMs: 5000,
  endMs: 105_000,
  limitMs: 1_000_000,
  parts: [
    {
      node: 'pi1',
      cores: 4,
      startMs: 5000,
      endMs: 105_000,
      cpuMs: 200_000,
      memoryLimitBytes: 400 * MB,
      peakMemory: { bytes: 100 * MB, how: 'cgroup' },
      throttledMs: 10_000,
      ranks: [
        { rank: 0, blockedMs: 20_000, usefulMs: 80_000 },
        { rank: 1, blockedMs: 60_000, usefulMs: 40_000 },
      ],
    },
    { node: 'pi2', cores: 2, startMs: 6000, endMs: 104_000, ranks: [] },
  ],
};

test('every number rests on the parts that were measured', () => {
  const found = attemptEfficiency(attempt);
  expect(found).toMatchObject({
    elapsedMs: 100_000,
    waitMs: 4000,
    coreMs: 400_000 + 196_000,
    cpu: { efficiency: 0.5, partsMeasured: 1, parts: 2 },
    memory: { efficiency: 0.25 },
    wall: { efficiency: 0.1 },
    blocked: { efficiency: 0.4 },
  });
  expect(found.imbalance).toBeUndefined();
  expect(found.reasons.map(({ code }) => code)).toEqual([
    'IDLE_CORES',
    'BLOCKED',
    'THROTTLED',
    'MEMORY_UNUSED',
    'LIMIT_UNUSED',
  ]);
});

test('imbalance needs every rank', () => {
  const [part] = attempt.parts;
  const found = attemptEfficiency({ ...attempt, parts: [part!] });
  expect(found.imbalance).toBeCloseTo(80 / 60 - 1, 12);
});

test('not measured is not 0', () => {
  const bare = { ...attempt, parts: [attempt.parts[1]!] };
  const found = attemptEfficiency(bare);
  expect([found.cpu, found.memory, found.blocked, found.throttled]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(found.reasons.map(({ code }) => code)).toEqual([
    'NO_CPU_DATA',
    'NO_MEMORY_DATA',
    'LIMIT_UNUSED',
  ]);
});

test('a job that never started has no times', () => {
  const { startMs: _start, endMs: _end, ...rest } = attempt;
  const found = attemptEfficiency({ ...rest, parts: [], state: 'CANCELLED' });
  expect([found.elapsedMs, found.waitMs, found.wall, found.reasons]).toEqual([
    undefined,
    undefined,
    undefined,
    [],
  ]);
});

test('the charge is conserved', () => {
  expect(attemptCoreMs(attempt)).toBe(4 * 100_000 + 2 * 98_000);
});
