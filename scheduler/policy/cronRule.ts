/** Whether a recurring job's rule can be followed, and if not, where it is wrong. */
import { CronExpressionParser } from 'cron-parser';
import type { Refusal } from '../model/refusal.ts';
import type { ScheduleRule } from '../model/schedule.ts';
import { MISSED, OVERLAPS } from '../model/schedule.ts';
import { isZone } from './zone.ts';

const FEWEST_FIELDS = 5;
const MOST_FIELDS = 6;

/** The refusal of a rule that cannot be followed; positions count from 0. */
export function refuseRule(rule: ScheduleRule): Refusal | undefined {
  if (!isZone(rule.timezone)) return { code: 'badTimezone', timezone: rule.timezone };
  for (const [field, value, known] of [
    ['overlap', rule.overlap, OVERLAPS],
    ['missed', rule.missed, MISSED],
  ] as const) {
    if (known.some((name) => name === value)) continue;
    return { code: 'badValue', field, value, limit: `one of ${known.join(', ')}` };
  }
  return refuseExpression(rule.cron);
}

/** The refusal of an expression that cannot be read. */
export function refuseExpression(cron: string): Refusal | undefined {
  const bad = (position: number, problem: string): Refusal => ({
    code: 'badCron',
    expression: cron,
    position,
    problem,
  });
  const fields = [...cron.matchAll(/\S+/g)];
  const first = fields[0];
  if (!first) return bad(0, 'the expression is empty');
  if (first[0].startsWith('@') && fields.length === 1) {
    const problem = problemOf(first[0]);
    return problem === undefined ? undefined : bad(first.index, problem);
  }
  const extra = fields[MOST_FIELDS];
  if (extra) return bad(extra.index, `more than ${MOST_FIELDS} fields`);
  if (fields.length < FEWEST_FIELDS) {
    return bad(
      cron.length,
      `${fields.length} fields instead of ${FEWEST_FIELDS} or ${MOST_FIELDS}`,
    );
  }
  for (const [at, field] of fields.entries()) {
    const alone = fields.map((_, other) => (other === at ? field[0] : '*')).join(' ');
    const problem = problemOf(alone);
    if (problem !== undefined) return bad(field.index, problem);
  }
  const problem = problemOf(cron);
  const dayField = fields[fields.length - 3];
  return problem === undefined ? undefined : bad(dayField?.index ?? 0, problem);
}

function problemOf(expression: string): string | undefined {
  try {
    CronExpressionParser.parse(expression, {
      tz: 'UTC',
      currentDate: new Date(0),
      hashSeed: '',
    }).next();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : 'cannot be read';
  }
}
