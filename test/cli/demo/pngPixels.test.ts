import { PNG } from 'pngjs';
import { expect, test } from 'vitest';
import { blackPixels } from '../../../cli/demo/pngPixels.ts';

/** Pictures by the library, each of its five row filters, read back without it. */
test.each([0, 1, 2, 3, 4])('counts black pixels behind row filter %i', (filterType) => {
  const [width, height] = [23, 17];
  const png = new PNG({ width, height });
  let black = 0;
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const isBlack = (pixel * 7) % 5 === 0;
    if (isBlack) black += 1;
    const channel = (step: number): number => (isBlack ? 0 : ((pixel * step) % 255) + 1);
    png.data.set([channel(3), channel(11), channel(29), 255], pixel * 4);
  }
  expect(blackPixels(PNG.sync.write(png, { colorType: 2, filterType }))).toBe(black);
});

test('refuses what is no picture of this kind', () => {
  expect(() => blackPixels(Buffer.from('GIF89a'))).toThrow('not a PNG file');
  const withAlpha = PNG.sync.write(new PNG({ width: 2, height: 2, fill: true }));
  expect(() => blackPixels(withAlpha)).toThrow('8-bit RGB');
});
