import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

/**
 * The tree checks itself: floors, purity, file size and names (docs/architecture.md, "Floors").
 * A folder may import from itself, from a folder on a lower floor, or from those it names here.
 */
const FLOORS: ReadonlyArray<readonly [folder: string, floor: number]> = [
  ['proto', 0],
  ['accounting', 0],
  ['scheduler/model', 1],
  ['cli/format', 2],
  ['scheduler/policy', 2],
  ['scheduler/machine', 3],
  ['scheduler/live', 4],
  ['scheduler/sim', 4],
  ['nodeagent', 4],
  ['collectives', 4],
  ['cli', 5],
  ['examples', 6],
  ['bench', 7],
  ['test', 7],
];

/** Same-floor neighbours that may be used: [importer, imported]. */
const NEIGHBOURS = new Set(['nodeagent -> collectives', 'bench -> test']);

const PURE = [
  'accounting',
  'scheduler/model',
  'scheduler/policy',
  'scheduler/machine',
  'cli/format',
  'nodeagent/agent',
];
const PURE_PACKAGES = new Set(['cron-parser']);
const FLOOR_BELOW_PROTO = ['scheduler/model', 'scheduler/policy', 'scheduler/machine'];
const EMPTY_NAMES = /(^|\/)(utils?|helpers?|common|misc|types|manager|index)\.ts$/;
const FORBIDDEN_IN_PURE = /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\basync\b|\bsetTimeout\b/;
const LINE_LIMIT = 300;

const root = join(import.meta.dirname, '..');
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(root, file)));

const text = (file: string): string => readFileSync(join(root, file), 'utf8');
const withoutComments = (source: string): string =>
  source.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');

function folderOf(file: string): readonly [string, number] | undefined {
  return FLOORS.filter(([folder]) => file.startsWith(`${folder}/`)).sort(
    (a, b) => b[0].length - a[0].length,
  )[0];
}

function importsOf(file: string): string[] {
  const found = withoutComments(text(file)).matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g);
  return [...found].map((match) => match[1] ?? '');
}

describe('tidy', () => {
  test('imports go down a floor or stay inside their folder', () => {
    const wrong: string[] = [];
    for (const file of files) {
      const from = folderOf(file);
      if (!from) continue;
      for (const specifier of importsOf(file).filter((name) => name.startsWith('.'))) {
        const target = normalize(join(dirname(file), specifier));
        const to = folderOf(target);
        if (!to || to[0] === from[0] || to[1] < from[1]) continue;
        if (NEIGHBOURS.has(`${from[0]} -> ${to[0]}`)) continue;
        wrong.push(`${file} imports ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('the model and the machine never see the wire format', () => {
    const wrong = files
      .filter((file) => FLOOR_BELOW_PROTO.some((folder) => file.startsWith(`${folder}/`)))
      .filter((file) => importsOf(file).some((name) => name.includes('/proto/')));
    expect(wrong).toEqual([]);
  });

  test('pure folders import no package and no platform, and read no clock', () => {
    const wrong: string[] = [];
    for (const file of files.filter((name) =>
      PURE.some((folder) => name.startsWith(`${folder}/`)),
    )) {
      for (const name of importsOf(file)) {
        if (!name.startsWith('.') && !PURE_PACKAGES.has(name))
          wrong.push(`${file} imports ${name}`);
      }
      const clock = FORBIDDEN_IN_PURE.exec(withoutComments(text(file)));
      if (clock) wrong.push(`${file} uses ${clock[0]}`);
    }
    expect(wrong).toEqual([]);
  });

  test('only proto/bus.ts and its folder know the broker', () => {
    const wrong = files.filter(
      (file) => !/^(test\/)?proto\//.test(file) && importsOf(file).includes('nats'),
    );
    expect(wrong).toEqual([]);
  });

  test(`a file has one concept and at most ${LINE_LIMIT} lines`, () => {
    const long = files
      .map((file) => `${file} ${text(file).split('\n').length - 1}`)
      .filter((line) => Number(line.split(' ')[1]) > LINE_LIMIT);
    expect(long).toEqual([]);
  });

  test('names say something', () => {
    expect(files.filter((file) => EMPTY_NAMES.test(file))).toEqual([]);
  });

  test('nothing is skipped, focused, left for later or untyped', () => {
    const marks = /\b(it|test|describe)\.(skip|only|todo)\b|\bTODO\b|\bFIXME\b|\bas any\b|: any\b/;
    const wrong = files.filter((file) => file !== 'test/tidy.test.ts' && marks.test(text(file)));
    expect(wrong).toEqual([]);
  });
});
