import { expect, test } from 'vitest';
import { Admission, queryCost } from '../../../scheduler/live/admission.ts';
import { LagMeter } from '../../../scheduler/live/lagMeter.ts';
import { Lanes } from '../../../scheduler/live/lanes.ts';
import { Presence } from '../../../scheduler/live/presence.ts';
import { RateMeter } from '../../../scheduler/live/rateMeter.ts';

const RATE = { perSecond: 5, burst: 30 };

/** The door with real lanes, which nobody empties; clock and lag are turned by hand. */
function door() {
  const lanes = new Lanes<number>();
  const state = { nowMs: 0, lagMs: 0, rate: RATE };
  const admission = new Admission({
    isFull: (lane, sender) => lanes.isFull(lane, sender),
    lagMs: () => state.lagMs,
    nowMs: () => state.nowMs,
    rate: () => state.rate,
  });
  const submit = (user: string): string => {
    const admitted = admission.submit(user);
    if (admitted.kind === 'taken') lanes.put(admitted.lane, { sender: user, item: 0 });
    return admitted.kind === 'taken' ? admitted.lane : admitted.kind;
  };
  return { admission, state, submit };
}

test('within the rate to the own lane, beyond it to the spare one', () => {
  const { state, submit } = door();
  const lanes = Array.from({ length: 32 }, () => submit('ada'));
  expect(lanes.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => 'submit'));
  expect(lanes.slice(30)).toEqual(['spare', 'spare']);
  expect(submit('bob')).toBe('submit');
  state.nowMs += 1_000;
  expect(
    Array.from({ length: 6 }, () => submit('ada')).filter((to) => to === 'submit'),
  ).toHaveLength(5);
});

test('a list that turns out to be of everything has cost five', () => {
  const { admission, state } = door();
  for (let asked = 0; asked < 6; asked += 1) {
    expect(admission.query('ada', queryCost(false))).toEqual({ kind: 'taken', lane: 'query' });
    admission.wholeList('ada');
  }
  expect(admission.query('ada', queryCost(false))).toEqual({ kind: 'taken', lane: 'spareQuery' });
  state.nowMs += 200;
  expect(admission.query('ada', queryCost(false))).toEqual({ kind: 'taken', lane: 'query' });
});

test('a flood fills its own spare room, is refused with the rate, and then not even answered', () => {
  const { admission, submit } = door();
  const counts = new Map<string, number>();
  for (let sent = 0; sent < 2_000; sent += 1) {
    const became = submit('mallory');
    counts.set(became, (counts.get(became) ?? 0) + 1);
  }
  expect(Object.fromEntries(counts)).toEqual({
    submit: 30,
    spare: 1_024,
    refused: 60,
    dropped: 886,
  });
  expect(submit('ada')).toBe('submit');
  expect(admission.command('mallory')).toEqual({ kind: 'dropped' });
});

test('the refusal says the rate and when it is worth while', () => {
  const { submit, admission } = door();
  for (let sent = 0; sent < 30 + 1_024; sent += 1) submit('ada');
  expect(admission.submit('ada')).toEqual({
    kind: 'refused',
    refusal: { code: 'tooManyRequests', ...RATE, retryMs: 1_000 },
  });
});

test('when the loop is late questions are refused first, then submits, never commands', () => {
  const { admission, state } = door();
  state.lagMs = 300;
  const busy = { kind: 'refused', refusal: { code: 'busy', retryMs: 1_000 } };
  expect(admission.query('ada', queryCost(false))).toEqual(busy);
  expect(admission.submit('ada').kind).toBe('taken');
  state.lagMs = 1_500;
  expect(admission.submit('ada')).toMatchObject({ refusal: { code: 'busy', retryMs: 3_000 } });
  expect(admission.command('ada').kind).toBe('taken');
});

test('an array costs one more for every hundred tasks, and debts are paid off first', () => {
  const meter = new RateMeter();
  const at = (atMs: number) => ({ rate: RATE, atMs });
  expect(meter.charge('ada', 1, at(0))).toBe(true);
  meter.add('ada', 10_000 / 100, at(0));
  expect(meter.charge('ada', 1, at(6_000))).toBe(false);
  expect(meter.waitMs('ada', 1, at(6_000))).toBe(200);
  expect(meter.charge('ada', 1, at(6_200))).toBe(true);
});

test('lag is what the loop itself is behind, twice in a row', () => {
  const meter = new LagMeter();
  meter.note({ lateMs: 900, workedMs: 900 });
  expect(meter.lagMs).toBe(0);
  meter.note({ lateMs: 400, workedMs: 500 });
  expect(meter.lagMs).toBe(400);
  // Others had the processor.
  meter.note({ lateMs: 5_000, workedMs: 10 });
  expect(meter.lagMs).toBe(10);
});

test('a user alone may fill a turn; beside another he leaves it short', () => {
  const presence = new Presence();
  presence.heard('mallory', 0);
  expect(presence.spare(1_000)).toEqual({ inputs: 64, queries: 4 });
  presence.heard('ada', 1_000);
  presence.heard('mallory', 2_900);
  expect(presence.spare(2_900)).toEqual({ inputs: 8, queries: 1 });
  expect(presence.spare(3_100)).toEqual({ inputs: 64, queries: 4 });
});
