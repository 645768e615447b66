import { PNG } from 'pngjs';
import type { Picture } from './escapeTime.ts';

/** A PNG file of the iteration counts, row after row. `pngjs` is bundled with the kernel. */
export function pngOf({ width, height, maxIterations }: Picture, counts: Uint32Array): Uint8Array {
  const png = new PNG({ width, height, colorType: 2 });
  counts.forEach((count, pixel) => {
    const [red, green, blue] = count === maxIterations ? [0, 0, 0] : colourOf(count);
    png.data.set([red, green, blue, 255], pixel * 4);
  });
  return PNG.sync.write(png, { colorType: 2 });
}

/** A slow walk round the colour wheel; the logarithm keeps distant bands apart. */
function colourOf(count: number): [red: number, green: number, blue: number] {
  const angle = 1.7 * Math.log2(count + 1);
  const channel = (shift: number): number => Math.round(127.5 * (1 + Math.sin(angle + shift)));
  return [channel(4), channel(3), channel(1.5)];
}
