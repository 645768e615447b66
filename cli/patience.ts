/** What a command does when the scheduler says "not now": it waits as long as told, within reason. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { pibatch } from '../proto/codec.ts';
import type { Refusal } from '../scheduler/model/refusal.ts';
import { refusalOf } from './refusalCodec.ts';

/** Longer than this nobody is kept waiting without being asked. */
const PATIENCE_MS = 120_000;
const LONGEST_PAUSE_MS = 15_000;

/**
 * Asks again until the answer is no such refusal, or patience is over; the first time, and then
 * seldom, it tells so.
 */
export async function askPatiently(
  ask: () => Promise<pibatch.Reply>,
  tell: (line: string) => void,
): Promise<pibatch.Reply> {
  const startedMs = performance.now();
  for (let tries = 1; ; tries += 1) {
    const answer = await ask();
    const refusal = refusalOf(answer);
    if (refusal?.code !== 'busy' && refusal?.code !== 'tooManyRequests') return answer;
    const pauseMs = Math.min(LONGEST_PAUSE_MS, refusal.retryMs) * (1 + Math.random() / 4);
    if (performance.now() - startedMs + pauseMs > PATIENCE_MS) return answer;
    // Powers of two: 1, 2, 4 ...
    if ((tries & (tries - 1)) === 0) tell(told(refusal, pauseMs));
    await sleep(pauseMs);
  }
}

function told(
  refusal: Extract<Refusal, { code: 'busy' | 'tooManyRequests' }>,
  pauseMs: number,
): string {
  const why =
    refusal.code === 'busy'
      ? 'the scheduler is busy'
      : `others need the scheduler too (${refusal.perSecond} requests a second are yours)`;
  return `${why}; trying again in ${Math.ceil(pauseMs / 1_000)} s`;
}
