import type { Parsed } from './shape.ts';
import { number, object, text } from './shape.ts';

/**
 * `claim` in a part's folder, created with O_EXCL: whoever creates it owns the part, so that it
 * starts at most once. Process id, start time and boot id together name one process for ever.
 */
export const claim = object({
  process: number,
  /** Clock ticks since boot, field 22 of /proc/PID/stat; 0 when the agent itself claimed. */
  startTicks: number,
  bootId: text,
  claimedMs: number,
});

export type Claim = Parsed<typeof claim>;
