import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolveJob } from '../../cli/jobFile/resolve.ts';
import { readSource } from '../../cli/jobFile/source.ts';

/** The example without a kernel: every variant that this machine can run, and a wrong one. */
const example = join(import.meta.dirname, '../../examples/plain-command');
const folder = mkdtempSync(join(tmpdir(), 'pibatch-plain-'));
const withoutPython = join(folder, 'bin');

function which(program: string): string | undefined {
  const { status, stdout } = spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

beforeAll(() => {
  cpSync(example, folder, { recursive: true });
  execFileSync('mkdir', [withoutPython]);
  for (const program of ['sh', 'awk']) {
    symlinkSync(which(program) ?? '', join(withoutPython, program));
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

type Variant = { readonly language: string; readonly command: string[]; readonly path: string };

const variants: Variant[] = [
  { language: 'awk', command: ['sh', 'integrate.sh'], path: withoutPython },
  ...(which('python3')
    ? [{ language: 'python', command: ['sh', 'integrate.sh'], path: process.env['PATH'] ?? '' }]
    : []),
  ...(which('cc') ? [{ language: 'C', command: ['./integrate'], path: '' }] : []),
];

function runRank({ command, path }: Variant, rank: number) {
  const [program = '', ...args] = command;
  const found = program === 'sh' ? (which('sh') ?? '') : program;
  return spawnSync(found, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: path, PIBATCH_RANK: String(rank), PIBATCH_SIZE: '2', STEPS: '20000' },
  });
}

describe.each(variants)('in $language', (variant) => {
  beforeAll(async () => {
    if (variant.language !== 'C') return;
    execFileSync('cc', ['-O2', '-o', 'integrate', 'integrate.c', '-lm'], { cwd: folder });
    const source = { file: 'job-c.yaml', args: [], workingFolder: folder };
    const { draft } = await readSource({ ...source, nowMs: 0, environment: {} });
    const shipped = resolveJob(draft, folder).inputs;
    expect(shipped).toMatchObject([{ path: 'integrate', executable: true }]);
  });

  test('the slices of two ranks add up to pi', () => {
    const slices = [0, 1].map((rank) => {
      const { stdout, status } = runRank(variant, rank);
      expect(status).toBe(0);
      const shape = new RegExp(
        `^${variant.language} rank ${rank} of 2 slice (\\S+) exact \\S+ verified\n$`,
      );
      return Number(shape.exec(stdout)?.[1]);
    });
    expect((slices[0] ?? 0) + (slices[1] ?? 0)).toBeCloseTo(Math.PI, 9);
  });
});

test('a wrong slice ends the rank with exit code 1', () => {
  const file = join(folder, 'integrate.sh');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('step + 0.5', 'step + 0.6'));
  const { status, stdout } = runRank(
    { language: 'awk', command: ['sh', 'integrate.sh'], path: withoutPython },
    0,
  );
  writeFileSync(file, text);
  expect(stdout).toMatch(/WRONG\n$/);
  expect(status).toBe(1);
});
