/** Line and column of a text, from 1. */
export type Place = { readonly line: number; readonly column: number };

export type Fault = Place & { readonly message: string };

/** The configuration file cannot be used; `message` has one line for each fault, as compilers print them. */
export class SettingsError extends Error {
  readonly faults: readonly Fault[];

  constructor(file: string, found: readonly Fault[]) {
    const faults = found.toSorted((a, b) => a.line - b.line || a.column - b.column);
    super(
      faults.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`).join('\n'),
    );
    this.name = 'SettingsError';
    this.faults = faults;
  }
}
