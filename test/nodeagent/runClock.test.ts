import { expect, test } from 'vitest';
import { RunClock } from '../../nodeagent/jobhost/runClock.ts';

test('what a part waited for its peers does not count against its limit, but is elapsed', () => {
  const clock = new RunClock(1_000);
  expect(clock.leftMs(500, 9_000)).toBe(Infinity);
  clock.ranksBegin(3_000);
  expect(clock.leftMs(500, 3_100)).toBe(400);
  expect(clock.elapsedMs(3_100)).toBe(2_100);
  expect(clock.leftMs(0, 99_000)).toBe(Infinity);
});

test('while it is suspended its time stands still', () => {
  const clock = new RunClock(0);
  clock.ranksBegin(100);
  clock.stop(200);
  clock.stop(300);
  expect(clock.isStopped).toBe(true);
  expect(clock.leftMs(1_000, 50_000)).toBe(900);
  expect(clock.elapsedMs(50_000)).toBe(200);
  expect(clock.goOn(50_200)).toBe(50_000);
  expect(clock.leftMs(1_000, 50_300)).toBe(800);
  clock.stop(50_400);
  expect(clock.goOn(50_500)).toBe(100);
  expect(clock.goOn(60_000)).toBe(0);
  expect(clock.suspendedMs(60_000)).toBe(50_100);
  expect(clock.elapsedMs(60_000)).toBe(9_900);
  expect(clock.leftMs(1_000, 60_000)).toBe(-8_800);
});
