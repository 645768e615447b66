import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BlobCache } from '../../nodeagent/part/blobCache.ts';
import { globPattern } from '../../nodeagent/part/glob.ts';
import { findOutputFiles } from '../../nodeagent/part/outputFiles.ts';
import { BadPathError, safePath } from '../../nodeagent/part/staging.ts';
import { createOnce, writeDurably } from '../../nodeagent/record/durableFile.ts';
import { BadRecordError, parseRecord } from '../../nodeagent/record/shape.ts';
import { partPlan } from '../../nodeagent/record/partPlan.ts';
import { createHash } from 'node:crypto';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pibatch-files-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each<[string, readonly string[], readonly string[]]>([
  ['result.json', ['result.json'], ['other.json', 'a/result.json', 'resultxjson']],
  ['*.json', ['a.json'], ['a/b.json', '.hidden.json']],
  ['result/*', ['result/a', 'result/b/c'], ['result', 'results/a']],
  ['result', ['result', 'result/a/b'], ['results']],
  ['result/', ['result/a', 'result/a/b'], ['result']],
  ['./a?.txt', ['ab.txt'], ['a.txt', 'a/.txt']],
  ['**/*.png', ['a.png', 'x/a.png', 'x/y/a.png'], ['a.jpg', '.x/a.png']],
  ['frame-[0-9].{png,jpg}', ['frame-3.png', 'frame-3.jpg'], ['frame-x.png', 'frame-3.gif']],
  ['[!a]b', ['cb'], ['ab']],
  ['a+(b).txt', ['a+(b).txt'], ['aab.txt']],
  ['**', ['a', 'b/c'], ['.git']],
])('pattern %s', (pattern, matching, others) => {
  const glob = globPattern(pattern);
  expect(matching.filter((path) => !glob.test(path))).toEqual([]);
  expect(others.filter((path) => glob.test(path))).toEqual([]);
});

test('output files are found in folders, links are not followed', async () => {
  const root = join(folder, 'work');
  mkdirSync(join(root, 'a/b'), { recursive: true });
  for (const path of ['a/b/1.txt', 'a/2.txt', '3.txt', 'bad\nname.txt'])
    writeFileSync(join(root, path), '');
  symlinkSync('/etc', join(root, 'a/etc'));
  symlinkSync('/etc/passwd', join(root, 'a/passwd.txt'));
  const found = await findOutputFiles(root, ['**/*.txt', 'a/etc/*']);
  expect(found).toEqual({ paths: ['3.txt', 'a/2.txt', 'a/b/1.txt'], left: 0 });
});

test('more files than a report can name are counted', async () => {
  const root = join(folder, 'many');
  mkdirSync(root);
  for (let i = 0; i < 510; i += 1) writeFileSync(join(root, `f${i}`), '');
  const found = await findOutputFiles(root, ['*']);
  expect([found.paths.length, found.left]).toEqual([500, 10]);
});

test.each(['a', 'a/b', './a', 'a/../b', '..a'])('input path %s stays inside', (path) => {
  expect(safePath(path)).not.toMatch(/^\.\.\//);
});

test.each(['', '.', '..', '../a', '/a', 'a/../../b', 'a/', 'a\0b'])(
  'input path %j is refused',
  (path) => {
    expect(() => safePath(path)).toThrow(BadPathError);
  },
);

test('whoever creates a claim first has it', () => {
  const path = join(folder, 'claim');
  expect([createOnce(path, 'a'), createOnce(path, 'b')]).toEqual([true, false]);
});

test('a record of another shape is refused with its place', () => {
  const path = join(folder, 'plan.json');
  writeDurably(path, '{"id":{"job":"x"}}');
  expect(() => parseRecord(partPlan, '{"id":{"job":"x"}}', 'plan')).toThrow(BadRecordError);
  expect(() => parseRecord(partPlan, '{"id":{"job":"x"}}', 'plan')).toThrow(
    'plan.id.job: expected a number, found "x"',
  );
  expect(() => parseRecord(partPlan, 'oops', 'plan')).toThrow('plan: expected JSON');
});

test('blobs are fetched once, verified, and the oldest make room', async () => {
  const blobs = ['one', 'two', 'three'].map((text) => Buffer.from(text.repeat(10)));
  const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  const fetched: string[] = [];
  const store = join(folder, 'blobs');
  const cache = new BlobCache({
    folder: store,
    limitBytes: 70,
    fetch: (sha256) => {
      fetched.push(sha256);
      const found = blobs.find((bytes) => hash(bytes) === sha256);
      return found ? Promise.resolve(found) : Promise.reject(new Error('missing'));
    },
  });
  const [one, two, three] = blobs.map(hash) as [string, string, string];
  await Promise.all([cache.get(one), cache.get(one)]);
  await cache.get(one);
  expect(fetched).toEqual([one]);
  writeFileSync(join(store, one), 'damaged');
  expect(Buffer.from(await cache.get(one)).toString()).toBe('one'.repeat(10));
  await cache.get(two);
  await cache.get(three);
  await cache.get(one);
  expect(fetched).toEqual([one, one, two, three, one]);
  await expect(cache.get('nonsense')).rejects.toThrow('not a sha256');
});
