import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleKernel } from '../../cli/jobFile/bundle.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pibatch-bundle-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return name;
}

async function load(file: string): Promise<{ default: (...args: unknown[]) => unknown }> {
  const { code } = await bundleKernel({ file, folder });
  const path = join(folder, `out-${file.replaceAll('/', '-')}.mjs`);
  writeFileSync(path, code);
  return await import(pathToFileURL(path).href);
}

const problemOf = (file: string): Promise<string> =>
  bundleKernel({ file, folder }).then(
    () => 'bundled',
    (error: Error) => error.message,
  );

describe('kernels', () => {
  test('TypeScript, its imports, an npm package in CommonJS and the communicator types', async () => {
    write('node_modules/left/package.json', '{"name": "left", "main": "main.js"}');
    write(
      'node_modules/left/main.js',
      "const { join } = require('path'); module.exports = (a, b) => join(a, b);",
    );
    write('lib/double.ts', 'export const double = (value: number): number => value * 2;');
    write(
      'kernel.ts',
      `import type { Communicator } from 'pibatch';
       import left from 'left';
       import { double } from './lib/double.ts';
       export default async (comm: Communicator, params: { n: number }) =>
         left('a', String(double(params.n) + comm.rank));`,
    );
    const kernel = await load('kernel.ts');
    expect(await kernel.default({ rank: 1 }, { n: 20 })).toBe('a/41');
  });

  test('the same sources give the same bytes', async () => {
    write('same.ts', 'export default () => 1;');
    const [first, second] = await Promise.all([
      bundleKernel({ file: 'same.ts', folder }),
      bundleKernel({ file: './same.ts', folder }),
    ]);
    expect(Buffer.from(first.code).equals(Buffer.from(second.code))).toBe(true);
  });

  test('what esbuild complains about has file, line and column', async () => {
    write('bad.ts', 'export default () => {\n  return 1 +;\n};');
    expect(await problemOf('bad.ts')).toBe(
      'kernel: bad.ts:2:13: Unexpected ";" (in "return 1 +;")',
    );
    write('lost.ts', "import { x } from './nowhere.ts';\nexport default () => x;");
    expect(await problemOf('lost.ts')).toMatch(/^kernel: lost\.ts:1:19: Could not resolve/);
  });

  test('a module without a default export, a missing file, a folder', async () => {
    write('named.ts', 'export const kernel = () => 1;');
    expect(await problemOf('named.ts')).toMatch(/has no default export \(it exports kernel\)/);
    expect(await problemOf('absent.ts')).toBe(
      `kernel: absent.ts does not exist (looked in ${folder})`,
    );
    mkdirSync(join(folder, 'folder.ts'));
    expect(await problemOf('folder.ts')).toMatch(/folder\.ts is not a file/);
  });
});
