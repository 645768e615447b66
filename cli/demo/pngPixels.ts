/**
 * Reads the pixels of a PNG file without the library that wrote it: enough of the format (8-bit
 * RGB, one filter byte per row) to look at the picture of the mandelbrot example.
 * Source: PNG specification, sections 9 and 11.
 */
import { inflateSync } from 'node:zlib';

const SIGNATURE = '89504e470d0a1a0a';
const BYTES_PER_PIXEL = 3;

/** How many pixels are black. Throws when the file is no such PNG. */
export function blackPixels(file: Uint8Array): number {
  const bytes = Buffer.from(file);
  if (bytes.subarray(0, 8).toString('hex') !== SIGNATURE) throw new Error('not a PNG file');
  const chunks = chunksOf(bytes);
  const header = chunks.find(({ type }) => type === 'IHDR')?.data;
  if (header?.[8] !== 8 || header[9] !== 2) throw new Error('not a PNG with 8-bit RGB');
  const data = chunks.filter(({ type }) => type === 'IDAT').map((chunk) => chunk.data);
  const rowBytes = header.readUInt32BE(0) * BYTES_PER_PIXEL;
  return countBlack(inflateSync(Buffer.concat(data)), rowBytes);
}

function chunksOf(bytes: Buffer): { readonly type: string; readonly data: Buffer }[] {
  const chunks = [];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    chunks.push({ type, data: bytes.subarray(at + 8, at + 8 + length) });
    at += length + 12;
  }
  return chunks;
}

function countBlack(filtered: Buffer, rowBytes: number): number {
  let above: Buffer = Buffer.alloc(rowBytes);
  let black = 0;
  for (let at = 0; at + rowBytes < filtered.length; at += rowBytes + 1) {
    const row = unfiltered(filtered.subarray(at, at + rowBytes + 1), above);
    for (let pixel = 0; pixel < rowBytes; pixel += BYTES_PER_PIXEL) {
      if (row[pixel] === 0 && row[pixel + 1] === 0 && row[pixel + 2] === 0) black += 1;
    }
    above = row;
  }
  return black;
}

function unfiltered(filteredRow: Buffer, above: Buffer): Buffer {
  const row = Buffer.alloc(above.length);
  for (let place = 0; place < row.length; place += 1) {
    const left = row[place - BYTES_PER_PIXEL] ?? 0;
    const up = above[place] ?? 0;
    const upLeft = above[place - BYTES_PER_PIXEL] ?? 0;
    const predicted = [0, left, up, (left + up) >> 1, paeth(left, up, upLeft)][filteredRow[0] ?? 0];
    row[place] = ((filteredRow[place + 1] ?? 0) + (predicted ?? 0)) & 255;
  }
  return row;
}

function paeth(left: number, up: number, upLeft: number): number {
  const estimate = left + up - upLeft;
  const byLeft = Math.abs(estimate - left);
  const byUp = Math.abs(estimate - up);
  const byUpLeft = Math.abs(estimate - upLeft);
  if (byLeft <= byUp && byLeft <= byUpLeft) return left;
  return byUp <= byUpLeft ? up : upLeft;
}
