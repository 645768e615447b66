import { expect, test } from 'vitest';
import { type Lane, Lanes } from '../../../scheduler/live/lanes.ts';

function filled(...entries: readonly (readonly [Lane, string, string])[]): Lanes<string> {
  const lanes = new Lanes<string>();
  for (const [lane, sender, item] of entries) lanes.put(lane, { sender, item });
  return lanes;
}

const WRITERS: readonly Lane[] = ['report', 'cancel', 'submit'];
const taken = (lanes: Lanes<string>, limit: number): string[] =>
  lanes.take(WRITERS, limit).map(({ item }) => item);

test('the urgent first, then first come first served', () => {
  const lanes = filled(
    ['submit', 'ada', 's1'],
    ['cancel', 'ada', 'c1'],
    ['submit', 'ada', 's2'],
    ['report', 'pi1', 'r1'],
    ['query', 'ada', 'q1'],
  );
  expect(taken(lanes, 3)).toEqual(['r1', 'c1', 's1']);
  lanes.putBack('submit', { sender: 'ada', item: 's1' });
  expect(taken(lanes, 9)).toEqual(['s1', 's2']);
  expect(lanes.length).toBe(1);
});

test('senders take turns: a flood waits behind itself', () => {
  const lanes = filled(
    ['submit', 'mallory', 'm1'],
    ['submit', 'mallory', 'm2'],
    ['submit', 'mallory', 'm3'],
    ['submit', 'ada', 'a1'],
    ['submit', 'bob', 'b1'],
    ['submit', 'ada', 'a2'],
  );
  expect(taken(lanes, 4)).toEqual(['m1', 'a1', 'b1', 'm2']);
  expect(taken(lanes, 4)).toEqual(['a2', 'm3']);
});

test('a flood fills its own room only', () => {
  const lanes = new Lanes<number>();
  let kept = 0;
  while (lanes.put('query', { sender: 'mallory', item: kept })) kept += 1;
  expect(kept).toBe(128);
  expect(lanes.isFull('query', 'mallory')).toBe(true);
  expect(lanes.put('query', { sender: 'ada', item: 0 })).toBe(true);
  for (let user = 0; kept < 10_000 && !lanes.isFull('query', `u${user}`); user += 1)
    while (lanes.put('query', { sender: `u${user}`, item: 0 })) kept += 1;
  expect(lanes.length).toBe(2_048);
  expect(lanes.put('report', { sender: 'pi1', item: 0 })).toBe(true);
});
