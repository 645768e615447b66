/** `--json`: one object on one line, or an array with one object per line; absent values are null. */
import type { Terminal } from './terminal.ts';

const withNulls = (_: string, value: unknown): unknown => (value === undefined ? null : value);

export function printJson(terminal: Terminal, value: object): void {
  if (!Array.isArray(value)) {
    terminal.print(`${JSON.stringify(value, withNulls)}\n`);
    return;
  }
  const lines = value.map((item) => JSON.stringify(item, withNulls));
  terminal.print(lines.length === 0 ? '[]\n' : `[\n${lines.join(',\n')}\n]\n`);
}
