/** Lines of text that fit: items are never broken, only the gaps between them. */
import { displayWidth } from './displayWidth.ts';

export type WrapStyle = {
  readonly cells: number;
  /** Between items on one line. */
  readonly gap: string;
  /** Before the first line; later lines are indented by as much. */
  readonly label: string;
};

/** An item wider than a line is broken at its spaces. */
export function wrapItems(items: readonly string[], style: WrapStyle): string {
  const indent = ' '.repeat(displayWidth(style.label));
  const room = Math.max(10, style.cells - displayWidth(style.label));
  const lines: string[] = [];
  let line = '';
  for (const item of items.flatMap((text) => pieces(text, room))) {
    const joined = line === '' ? item : `${line}${style.gap}${item}`;
    if (line !== '' && displayWidth(joined) > room) {
      lines.push(line);
      line = item;
    } else line = joined;
  }
  if (line !== '') lines.push(line);
  return lines
    .map((text, index) => `${(index === 0 ? style.label : indent) + text}`.trimEnd())
    .map((text) => `${text}\n`)
    .join('');
}

function pieces(item: string, room: number): string[] {
  if (displayWidth(item) <= room) return [item];
  const out: string[] = [];
  let piece = '';
  for (const word of item.split(' ')) {
    const joined = piece === '' ? word : `${piece} ${word}`;
    if (piece !== '' && displayWidth(joined) > room) {
      out.push(piece);
      piece = word;
    } else piece = joined;
  }
  return [...out, piece];
}
