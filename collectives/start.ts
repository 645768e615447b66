import type { Endpoint } from './endpoint.ts';
import { WORD_ARRIVED } from './layout.ts';
import { isPoisoned } from './poison.ts';
import { restartSegments } from './segments.ts';
import { markStarted } from './usage.ts';

/**
 * The ranks of a part begin together: how long their threads took to start is then no part of what
 * the accounting calls useful or blocked. Nobody waits for a rank that failed before it came here,
 * nor for ever: this is about measuring, and the first collective finds what is wrong.
 */
const LONGEST_MS = 20_000;
const STEP_MS = 100;

export function startTogether(endpoint: Endpoint): void {
  const { memory, layout, usage } = endpoint;
  const { words } = memory;
  const ranks = layout.localRanks.length;
  let arrived = Atomics.add(words, WORD_ARRIVED, 1) + 1;
  if (arrived === ranks) Atomics.notify(words, WORD_ARRIVED);
  const untilMs = performance.now() + LONGEST_MS;
  while (arrived < ranks && !isPoisoned(memory) && performance.now() < untilMs) {
    Atomics.wait(words, WORD_ARRIVED, arrived, STEP_MS);
    arrived = Atomics.load(words, WORD_ARRIVED);
  }
  markStarted(usage);
  restartSegments(endpoint);
}
