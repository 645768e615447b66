/**
 * Raspberry Pi revision codes (raspberrypi/documentation, revision-codes.adoc). Only the type
 * field names a model; whole codes differ by maker and board revision.
 */
const MODELS: Readonly<Record<number, string>> = {
  0x04: 'Raspberry Pi 2 Model B',
  0x08: 'Raspberry Pi 3 Model B',
  0x09: 'Raspberry Pi Zero',
  0x0a: 'Raspberry Pi Compute Module 3',
  0x0c: 'Raspberry Pi Zero W',
  0x0d: 'Raspberry Pi 3 Model B Plus',
  0x0e: 'Raspberry Pi 3 Model A Plus',
  0x10: 'Raspberry Pi Compute Module 3 Plus',
  0x11: 'Raspberry Pi 4 Model B',
  0x12: 'Raspberry Pi Zero 2 W',
  0x13: 'Raspberry Pi 400',
  0x14: 'Raspberry Pi Compute Module 4',
  0x15: 'Raspberry Pi Compute Module 4S',
  0x17: 'Raspberry Pi 5',
  0x18: 'Raspberry Pi Compute Module 5',
  0x19: 'Raspberry Pi 500',
  0x1a: 'Raspberry Pi Compute Module 5 Lite',
  0x1b: 'Raspberry Pi Compute Module 0',
};
const SMALLEST_MEMORY_MIB = 256;

export type Revision = {
  readonly model: string | undefined;
  /** Memory fitted on the board. */
  readonly memoryBytes: number | undefined;
  readonly boardRevision: number;
};

/** `d04170` -> Raspberry Pi 5, 8 GiB, revision 0; undefined for old-style and foreign codes. */
export function parseRevision(hex: string): Revision | undefined {
  if (!/^[0-9a-f]{1,8}$/i.test(hex)) return undefined;
  const code = Number.parseInt(hex, 16);
  const field = (low: number, bits: number): number => (code >>> low) & ((1 << bits) - 1);
  if (field(23, 1) !== 1) return undefined;
  const memory = field(20, 3);
  return {
    model: MODELS[field(4, 8)],
    memoryBytes: memory < 7 ? SMALLEST_MEMORY_MIB * 2 ** memory * 2 ** 20 : undefined,
    boardRevision: field(0, 4),
  };
}
