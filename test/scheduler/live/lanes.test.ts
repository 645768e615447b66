import { expect, test } from 'vitest';
import { Lanes } from '../../../scheduler/live/lanes.ts';

test('the urgent first, then first come first served', () => {
  const lanes = new Lanes<string>();
  lanes.put('submit', 's1');
  lanes.put('cancel', 'c1');
  lanes.put('submit', 's2');
  lanes.put('report', 'r1');
  lanes.put('query', 'q1');
  expect(lanes.take(['report', 'cancel', 'submit'], 3)).toEqual(['r1', 'c1', 's1']);
  lanes.putBack('submit', ['s1']);
  expect(lanes.take(['report', 'cancel', 'submit'], 9)).toEqual(['s1', 's2']);
  expect(lanes.length).toBe(1);
});

test('a flood of one kind fills its own lane only', () => {
  const lanes = new Lanes<number>();
  let kept = 0;
  while (lanes.put('query', kept)) kept += 1;
  expect(kept).toBe(2_048);
  expect(lanes.put('report', 0)).toBe(true);
});
