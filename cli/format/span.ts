/** A count or a range of counts: `4`, `2-8`. */
import { notParsed, type Parsed, parsed } from './parsed.ts';

export type Span = { readonly least: number; readonly most: number };

export function parseSpan(text: string, most: number): Parsed<Span> {
  const parts = /^\s*(\d{1,9})(?:\s*-\s*(\d{1,9}))?\s*$/.exec(text);
  const wrong = `not a whole number from 1 to ${most}, nor a range such as 2-8`;
  if (!parts) return notParsed(wrong, text, 0);
  const span = { least: Number(parts[1]), most: Number(parts[2] ?? parts[1]) };
  if (span.least < 1 || span.most > most) {
    return notParsed(wrong, text, 0);
  }
  if (span.least > span.most) {
    return notParsed(
      `a range whose least, ${span.least}, is above its most, ${span.most}`,
      text,
      0,
    );
  }
  return parsed(span);
}

export const spanText = ({ least, most }: Span): string =>
  least === most ? `${least}` : `${least}-${most}`;
