import { expect, test } from 'vitest';
import { formatBytes, formatBytesIn, parseBytes } from '../../cli/format/bytes.ts';

test.each([
  ['200M', 200 * 1024 ** 2],
  ['1.5G', 1.5 * 1024 ** 3],
  ['512KiB', 512 * 1024],
  ['512kb', 512 * 1024],
  ['100', 100 * 1024 ** 2],
  ['17B', 17],
  ['2T', 2 * 1024 ** 4],
])('%s is %d bytes', (text, bytes) =>
  expect(parseBytes(text, { bareUnit: 'M' })).toEqual({ ok: true, value: bytes }),
);

test.each([
  ['', 0],
  ['M', 0],
  ['-5M', 0],
  ['5X', 1],
  ['9999999P', 0],
  ['1e9', 1],
])('%s is refused at %d', (text, at) =>
  expect(parseBytes(text, { bareUnit: 'M' })).toMatchObject({ ok: false, at }),
);

test.each([
  [0, '0'],
  [512, '512B'],
  [1024, '1K'],
  [1536, '1.50K'],
  [200 * 1024 ** 2, '200M'],
  [12.5 * 1024 ** 2, '12.5M'],
  [1023 * 1024, '1M'],
])('%d bytes print as %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

test('in a fixed unit', () => {
  expect(formatBytesIn(1536 * 1024, 'M')).toBe('1.50M');
  expect(formatBytesIn(2048, 'K')).toBe('2K');
  expect(formatBytesIn(17, 'B')).toBe('17');
});
