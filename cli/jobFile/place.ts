/** Complaints about a file, each with its line and column (from 1), as compilers print them. */
export type Complaint = {
  readonly line: number;
  readonly column: number;
  readonly message: string;
};

const MOST_SHOWN = 10;

/** The file said something that cannot be meant. `message` has one line per complaint. */
export class JobFileError extends Error {
  readonly file: string;
  readonly complaints: readonly Complaint[];

  constructor(file: string, found: readonly Complaint[]) {
    const complaints = [...found].sort((a, b) => a.line - b.line || a.column - b.column);
    const shown = complaints
      .slice(0, MOST_SHOWN)
      .map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`);
    if (complaints.length > MOST_SHOWN) {
      shown.push(`${file}: and ${complaints.length - MOST_SHOWN} more`);
    }
    super(shown.join('\n'));
    this.name = 'JobFileError';
    this.file = file;
    this.complaints = complaints;
  }
}

/** A value as it is shown in a complaint: short, quoted, without control characters. */
export function shownValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 60 ? `${json.slice(0, 57)}...` : json;
}
