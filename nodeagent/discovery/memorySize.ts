/** `1G`, `512M`, `800MiB`, `1073741824` in bytes; powers of 1024. Throws RangeError. */
export function parseMemory(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)(?:i?B)?$/i.exec(text.trim());
  if (!match) throw new RangeError(`'${text}' is not an amount of memory; write for example 512M`);
  const power = 'KMGT'.indexOf((match[2] ?? '').toUpperCase()) + 1;
  return Math.floor(Number(match[1]) * 1_024 ** (match[2] ? power : 0));
}
