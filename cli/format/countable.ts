/** Things by name and count, as `--gres` and `--licenses` say them: `camera:2,lora`. */
import type { Countable } from '../../scheduler/model/request.ts';
import { notParsed, type Parsed, parsed } from './parsed.ts';

export const COUNTABLE_LIMITS = { things: 32, count: 1_000_000 } as const;

export function parseCountables(text: string): Parsed<readonly Countable[]> {
  const found = new Map<string, number>();
  let at = 0;
  for (const item of text.split(',')) {
    const parts = /^\s*([A-Za-z_][A-Za-z0-9_.-]{0,63})(?::(\d{1,9}))?\s*$/.exec(item);
    if (!parts) return notParsed(`not of the form NAME or NAME:COUNT '${item.trim()}'`, text, at);
    const [, name = '', digits = '1'] = parts;
    const count = Number(digits);
    if (count < 1 || count > COUNTABLE_LIMITS.count) {
      return notParsed(`not a count from 1 to ${COUNTABLE_LIMITS.count} of ${name}`, text, at);
    }
    if (found.has(name)) return notParsed(`${name} is named twice`, text, at);
    found.set(name, count);
    if (found.size > COUNTABLE_LIMITS.things) {
      return notParsed(`more than ${COUNTABLE_LIMITS.things} names`, text, at);
    }
    at += item.length + 1;
  }
  return parsed([...found].map(([name, count]) => ({ name, count })));
}
