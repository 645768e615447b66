import { expect, test } from 'vitest';
import { Clock } from '../../../scheduler/live/clock.ts';

/** A wall and a monotonic clock that the test turns. */
function turned(notBeforeMs = 0) {
  const time = { wall: 1_000_000, monotonic: 50 };
  const source = { wallMs: () => time.wall, monotonicMs: () => time.monotonic };
  const clock = new Clock(source, { notBeforeMs });
  const pass = (monotonic: number, wall = monotonic) => {
    time.monotonic += monotonic;
    time.wall += wall;
    return clock.read();
  };
  return { pass, clock, time };
}

test('runs with the wall clock while that runs evenly', () => {
  const { pass } = turned();
  expect(pass(1_000)).toEqual({ atMs: 1_001_000, jumped: false });
  expect(pass(0)).toEqual({ atMs: 1_001_000, jumped: false });
  expect(pass(1_000, 3_000)).toEqual({ atMs: 1_004_000, jumped: false });
});

test('follows a jump forward and says so, so that no node is judged by it', () => {
  const { pass } = turned();
  pass(1_000);
  expect(pass(1_000, 3_600_000)).toEqual({ atMs: 4_601_000, jumped: true });
  expect(pass(1_000)).toEqual({ atMs: 4_602_000, jumped: false });
});

test('a jump is kept for the loop, whoever reads the time first', () => {
  const { clock, time } = turned();
  time.wall += 3_600_000;
  expect(clock.now()).toBe(4_600_000);
  expect(clock.read()).toEqual({ atMs: 4_600_000, jumped: true });
  expect(clock.read().jumped).toBe(false);
});

test('never goes back: a clock set back is approached slowly', () => {
  const { pass } = turned();
  const before = pass(1_000).atMs;
  const after = pass(1_000, -3_600_000);
  expect(after).toEqual({ atMs: before + 900, jumped: false });
  expect(pass(10_000).atMs).toBe(before + 9_900);
});

test('starts no earlier than the newest fact of the journal', () => {
  const { pass } = turned(2_000_000);
  expect(pass(1_000).atMs).toBe(2_000_900);
});
