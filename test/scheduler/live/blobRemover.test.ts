import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BlobRemover } from '../../../scheduler/live/blobRemover.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('what could not be removed is tried again with what came meanwhile, until it is gone', async () => {
  const asked: (readonly string[])[] = [];
  const troubles: string[] = [];
  let isAway = true;
  const removeBlobs = async (sha256s: readonly string[]): Promise<void> => {
    asked.push(sha256s);
    if (isAway) throw new Error('no broker');
  };
  const remover = new BlobRemover({ removeBlobs }, (problem) => troubles.push(problem));
  remover.remove(['a', 'b']);
  await vi.advanceTimersByTimeAsync(10_000);
  remover.remove(['c']);
  isAway = false;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked).toEqual([
    ['a', 'b'],
    ['a', 'b'],
    ['a', 'b', 'c'],
  ]);
  expect(troubles).toHaveLength(2);
  remover.remove(['d']);
  await vi.advanceTimersByTimeAsync(0);
  expect(asked.at(-1)).toEqual(['d']);
  expect(vi.getTimerCount()).toBe(0);
});
