/**
 * Where a command writes: text for people and scripts on stdout, progress and errors on stderr.
 * A value, so that tests can look at what a command said.
 */
import { printable } from './format/displayWidth.ts';
import type { Tint } from './format/state.ts';

export type Terminal = {
  readonly print: (text: string | Uint8Array) => void;
  /** One line; control characters in it never reach the terminal. */
  readonly tell: (line: string) => void;
  /** Cells of the terminal; undefined when stdout is a pipe or file. */
  readonly cells: number | undefined;
  readonly tint: (tint: Tint, text: string) => string;
  /** Whether stderr is a terminal: progress may then overwrite itself. */
  readonly interactive: boolean;
};

const SGR: Readonly<Record<Tint, string>> = {
  good: '32',
  bad: '31',
  busy: '33',
  quiet: '2',
  plain: '',
};

export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  const coloured = stdout.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  const given = Number(env['COLUMNS']);
  const cells = Number.isInteger(given) && given >= 20 ? given : stdout.columns;
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0);
      throw error;
    });
  }
  return {
    print: (text) => void stdout.write(text),
    tell: (line) => void stderr.write(`${printable(line)}\n`),
    cells,
    tint: (tint, text) => (coloured && SGR[tint] ? `\u001b[${SGR[tint]}m${text}\u001b[0m` : text),
    interactive: stderr.isTTY,
  };
}
