/** A fault or warning in a file of runs, with its place. */
export type ReadFault = {
  /** 1-based; undefined where the fault has no one place. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly message: string;
};

export function faultSentence({ line, column, message }: ReadFault): string {
  return line === undefined ? message : `line ${line}, column ${column ?? 1}: ${message}`;
}
