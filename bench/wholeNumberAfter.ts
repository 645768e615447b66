/** The value of `--flag N`; undefined when the flag is not there. Throws RangeError. */
export function wholeNumberAfter(argv: readonly string[], flag: string): number | undefined {
  const at = argv.indexOf(flag);
  if (at < 0) return undefined;
  const value = Number(argv[at + 1]);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new RangeError(`${flag} needs a whole number above 0, not '${argv[at + 1] ?? ''}'`);
}
