import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findFiles, globToPattern } from '../../cli/jobFile/glob.ts';
import { findInputs } from '../../cli/jobFile/inputs.ts';

describe('patterns', () => {
  test.each([
    ['data/*.csv', 'data/a.csv', true],
    ['data/*.csv', 'data/sub/a.csv', false],
    ['data/*.csv', 'data/.hidden.csv', false],
    ['data/.*', 'data/.hidden', true],
    ['**/*.csv', 'a.csv', true],
    ['**/*.csv', 'x/y/a.csv', true],
    ['data/**', 'data/x/y', true],
    ['data/**', 'data/.x/y', false],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['[a-c]1', 'b1', true],
    ['[!a-c]1', 'b1', false],
    ['*.{csv,json}', 'a.json', true],
    ['*.{csv,json}', 'a.txt', false],
    ['a.b', 'axb', false],
    ['a+(b)', 'a+(b)', true],
    ['x{1', 'x{1', true],
  ])('%s against %s', (glob, path, expected) => {
    expect(globToPattern(glob).test(path)).toBe(expected);
  });
});

describe('input files', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'pibatch-inputs-'));
    mkdirSync(join(folder, 'data/deep'), { recursive: true });
    for (const name of ['data/b.csv', 'data/a.csv', 'data/deep/c.csv', 'run.sh']) {
      writeFileSync(join(folder, name), name);
    }
    chmodSync(join(folder, 'run.sh'), 0o755);
    symlinkSync('..', join(folder, 'data/loop'));
    symlinkSync('a.csv', join(folder, 'data/link.csv'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('files in order, each once, links to files followed, to folders not', () => {
    expect(findFiles(folder, '**/*.csv', 100)).toEqual([
      'data/a.csv',
      'data/b.csv',
      'data/deep/c.csv',
      'data/link.csv',
    ]);
    const inputs = findInputs(folder, ['data/*.csv', './data/a.csv', 'run.sh']);
    expect(inputs.map(({ path, executable }) => [path, executable])).toEqual([
      ['data/a.csv', false],
      ['data/b.csv', false],
      ['data/link.csv', false],
      ['run.sh', true],
    ]);
  });

  test('a folder stands for its files', () => {
    expect(findInputs(folder, ['data/deep/']).map(({ path }) => path)).toEqual(['data/deep/c.csv']);
  });

  test('nothing found, or outside', () => {
    expect(() => findInputs(folder, ['data/*.txt'])).toThrow(
      `inputs: no file matches 'data/*.txt' in ${folder}`,
    );
    expect(() => findInputs(folder, ['../x'])).toThrow(/lies outside/);
    expect(() => findInputs(folder, ['/etc/passwd'])).toThrow(/lies outside/);
    expect(() => findInputs(folder, ['data/../../x'])).toThrow(/lies outside/);
  });
});
