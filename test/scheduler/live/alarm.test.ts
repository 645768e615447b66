import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Alarm } from '../../../scheduler/live/alarm.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('rings at each moment that was asked for, once', () => {
  const rings: number[] = [];
  const alarm = new Alarm(() => {
    rings.push(now());
    alarm.reached(now());
  });
  const began = Date.now();
  const now = (): number => Date.now() - began;
  alarm.set(500, 0);
  alarm.set(200, 0);
  alarm.set(200, 0);
  alarm.set(40 * 86_400_000, 0);
  vi.advanceTimersByTime(1_000);
  expect(rings).toEqual([200, 500]);
  vi.advanceTimersByTime(30 * 86_400_000);
  expect(rings.length).toBeLessThan(4);
  vi.advanceTimersByTime(10 * 86_400_000);
  expect(rings.at(-1)).toBe(40 * 86_400_000);
  alarm.stop();
  expect(vi.getTimerCount()).toBe(0);
});

test('a timer that comes early is set again', () => {
  let rang = 0;
  const alarm = new Alarm(() => {
    rang += 1;
    // The scheduler's clock runs behind: the moment has not come yet.
    alarm.reached(rang === 1 ? 90 : 110);
  });
  alarm.set(100, 0);
  vi.advanceTimersByTime(1_000);
  expect(rang).toBe(2);
  expect(vi.getTimerCount()).toBe(0);
});

test('a moment that a busy loop reaches before its timer does is rung for', () => {
  let rang = 0;
  const alarm = new Alarm(() => {
    rang += 1;
  });
  alarm.set(100, 0);
  // A batch of reports, worked off when the timer was due but had no turn yet.
  alarm.reached(105);
  expect(rang).toBe(1);
  alarm.reached(106);
  vi.advanceTimersByTime(1_000);
  expect(rang).toBe(1);
});
