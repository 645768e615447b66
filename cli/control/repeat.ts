/** When a reservation comes again: `daily`, `weekly`, or a cron expression, on this machine's clock. */
import { timeMs } from '../../scheduler/model/time.ts';
import { refuseExpression } from '../../scheduler/policy/cronRule.ts';
import { nextOccurrence } from '../../scheduler/policy/occurrence.ts';
import { badInput } from '../failure.ts';
import { refusalSentence } from '../format/refusal.ts';

export type Repeat = {
  readonly cron: string;
  readonly timezone: string;
  /** Its first window when no start is given. */
  readonly firstMs: number | undefined;
};

/** `daily` and `weekly` are from `startMs` (or now) on. Errors: CommandFailure for bad input. */
export function repeatOf(
  text: string | undefined,
  from: { readonly name: string; readonly startMs: number | undefined; readonly nowMs: number },
): Repeat | undefined {
  if (text === undefined) return undefined;
  const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
  const word = text.trim().toLowerCase();
  if (word === 'daily' || word === 'weekly') {
    const at = new Date(from.startMs ?? from.nowMs);
    const seconds = at.getSeconds() === 0 ? '' : `${at.getSeconds()} `;
    const day = word === 'weekly' ? at.getDay() : '*';
    const cron = `${seconds}${at.getMinutes()} ${at.getHours()} * * ${day}`;
    return { cron, timezone, firstMs: undefined };
  }
  const refusal = refuseExpression(text);
  if (refusal) throw badInput(`--repeat: daily, weekly or cron: ${refusalSentence(refusal)}`);
  const rule = { cron: text, timezone };
  const firstMs = nextOccurrence(rule, { seed: from.name, afterMs: timeMs(from.nowMs) });
  return { ...rule, firstMs };
}
