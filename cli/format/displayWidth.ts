/**
 * How many terminal cells a text takes, and cutting it to a number of cells. Control characters
 * never reach the terminal: a job name must not be able to move the cursor.
 */

export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '?');
}

export function displayWidth(text: string): number {
  let cells = 0;
  for (const char of text) cells += cellsOf(char.codePointAt(0) ?? 0);
  return cells;
}

/** Cuts to at most `cells`, ending in `mark` when something was cut and there is room for it. */
export function cutToWidth(text: string, cells: number, mark: string): string {
  if (displayWidth(text) <= cells) return text;
  const room = cells - displayWidth(mark);
  if (room < 0) return cutToWidth(text, cells, '');
  let kept = '';
  let used = 0;
  for (const char of text) {
    const next = cellsOf(char.codePointAt(0) ?? 0);
    if (used + next > room) break;
    kept += char;
    used += next;
  }
  return kept + mark;
}

export type Align = 'left' | 'right';

export function padToWidth(text: string, cells: number, align: Align): string {
  const gap = ' '.repeat(Math.max(0, cells - displayWidth(text)));
  return align === 'left' ? text + gap : gap + text;
}

function cellsOf(code: number): number {
  if (code >= 0x0300 && code <= 0x036f) return 0;
  if (code === 0x200b || code === 0x200d || (code >= 0xfe00 && code <= 0xfe0f)) return 0;
  return isWide(code) ? 2 : 1;
}

/** East Asian Wide and Fullwidth, and emoji (UAX #11, the blocks in practical use). */
function isWide(code: number): boolean {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x1f300 && code <= 0x1faff) ||
    (code >= 0x20000 && code <= 0x3fffd)
  );
}
