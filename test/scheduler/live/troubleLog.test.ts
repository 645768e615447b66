import { expect, test } from 'vitest';
import { limitedLog } from '../../../scheduler/live/troubleLog.ts';

test('a flood of trouble writes thirty lines a minute, and says what it left out', () => {
  const lines: object[] = [];
  let nowMs = 0;
  const trouble = limitedLog(
    (line) => lines.push(line),
    () => nowMs,
  );
  for (let count = 1; count <= 100; count += 1) trouble(`bad message ${count}`);
  expect(lines).toHaveLength(30);
  nowMs = 60_000;
  trouble('another');
  trouble('and one more');
  expect(lines.slice(30)).toEqual([
    { trouble: 'another', leftOut: 70 },
    { trouble: 'and one more' },
  ]);
});
