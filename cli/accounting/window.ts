/** `-S` and `-E`: the window of time that is asked for. */
import type { Arguments } from '../command.ts';
import { badInput } from '../failure.ts';
import { formatMoment, parseMoment } from '../format/moment.ts';

export type Window = { readonly sinceMs: number | undefined; readonly untilMs: number | undefined };

/** `since`: the start when none is given. Errors: CommandFailure. */
export function readWindow(
  args: Arguments,
  defaults: { readonly nowMs: number; readonly since: string | undefined },
): Window {
  const { nowMs } = defaults;
  const sinceMs = readMoment('starttime', args.text('starttime') ?? defaults.since, nowMs);
  const untilMs = readMoment('endtime', args.text('endtime'), nowMs);
  if (sinceMs !== undefined && untilMs !== undefined && untilMs < sinceMs) {
    throw badInput(
      `the window ends before it starts: --starttime is ${formatMoment(sinceMs)}, ` +
        `--endtime ${formatMoment(untilMs)}`,
    );
  }
  return { sinceMs, untilMs };
}

function readMoment(option: string, text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const moment = parseMoment(text, { nowMs, passedClock: 'today' });
  if (!moment.ok) throw badInput(`--${option}: ${moment.message}`);
  return moment.value;
}
