import type { Attempt } from './part.ts';
import type { TimeMs } from './time.ts';

/**
 * An attempt whose ranks are stopped: it keeps its cores and its memory, and its time stands still
 * from the order to stop until the last part goes on again.
 */
export type Suspension = {
  /** Who ordered it; `system`: a part stopped on an order that nobody stands by any more. */
  readonly by: string;
  readonly sinceMs: TimeMs;
  /** Ordered to go on; a part has not yet said that it does. */
  readonly resumed?: true;
};

/** Whether its parts shall be stopped. */
export const isSuspended = ({ suspension }: Attempt): boolean =>
  suspension !== undefined && !suspension.resumed;

/** Of all its suspensions until now, in ms. */
export const suspendedMsOf = ({ suspension, suspendedMs = 0 }: Attempt, atMs: number): number =>
  suspendedMs + (suspension ? Math.max(0, atMs - suspension.sinceMs) : 0);

/** A suspension is over when the attempt was told to go on and no open part of it is stopped. */
export function settleSuspension(attempt: Attempt, atMs: TimeMs): Attempt {
  const { suspension, suspendedMs: _before, ...rest } = attempt;
  if (!suspension?.resumed) return attempt;
  const stopped = ({ state }: Attempt['parts'][number]): boolean =>
    state.kind === 'running' && state.stoppedMs !== undefined;
  if (attempt.parts.some(stopped)) return attempt;
  return { ...rest, suspendedMs: suspendedMsOf(attempt, atMs) };
}
