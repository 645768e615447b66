/**
 * Amounts of memory and data. As in Slurm every unit is a power of 1024 (`K M G T P`, also written
 * `KB` or `KiB`), and a bare number is in megabytes where Slurm has it so (`--mem=200`).
 */
import { notParsed, type Parsed, parsed } from './parsed.ts';

const UNITS = ['B', 'K', 'M', 'G', 'T', 'P'] as const;
export type ByteUnit = (typeof UNITS)[number];

const LARGEST_BYTES = Number.MAX_SAFE_INTEGER;

/** `200M`, `1.5G`, `512KiB`; rounds to the nearest byte. */
export function parseBytes(text: string, options: { readonly bareUnit: ByteUnit }): Parsed<number> {
  const source = text.trim();
  const found = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(source);
  if (!found) {
    const at = Math.max(0, source.search(/[^\d.]/));
    return notParsed('not an amount of memory (such as 200M or 1.5G)', text, at);
  }
  const [, digits = '', suffix = ''] = found;
  const letter = suffix === '' ? options.bareUnit : suffix.replace(/(?<=.)i?b$/i, '').toUpperCase();
  const power = UNITS.findIndex((unit) => unit === letter);
  if (power < 0) {
    return notParsed(`unknown unit '${suffix}' (known: B K M G T P)`, text, digits.length);
  }
  const bytes = Math.round(Number(digits) * 1024 ** power);
  if (bytes > LARGEST_BYTES) return notParsed('more bytes than can be counted', text, 0);
  return parsed(bytes);
}

/** Three significant places and a unit: `0`, `512B`, `1.50G`, `12.5M`, `200M`. */
export function formatBytes(bytes: number): string {
  if (bytes === 0) return '0';
  let power = 0;
  let value = Math.abs(bytes);
  while (value >= 999.5 && power < UNITS.length - 1) {
    value /= 1024;
    power++;
  }
  const sign = bytes < 0 ? '-' : '';
  if (power === 0) return `${sign}${Math.round(value)}B`;
  return `${sign}${trimmed(value)}${UNITS[power]}`;
}

/** sacct --units: the amount in one fixed unit, `1536.00K`, whole numbers without places. */
export function formatBytesIn(bytes: number, unit: ByteUnit): string {
  const value = bytes / 1024 ** UNITS.indexOf(unit);
  return `${Number.isInteger(value) ? value : value.toFixed(2)}${unit === 'B' ? '' : unit}`;
}

function trimmed(value: number): string {
  const places = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  const shown = value.toFixed(places);
  return /\.0+$/.test(shown) ? shown.replace(/\.0+$/, '') : shown;
}
