import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fault, runKernel } from './kernelRun.ts';

/** Every shipped kernel with small parameters on 1, 2 and 3 ranks, and with a planted fault. */
type Case = {
  readonly example: string;
  readonly params: unknown;
  /** What the result must hold, from a source outside the kernel. */
  readonly expected: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly faults: readonly Fault[];
};

const CASES: readonly Case[] = [
  {
    example: 'hello',
    params: undefined,
    expected: {},
    faults: [{ file: 'kernel.ts', text: "comm.rank, 'sum'", by: "comm.rank + 1, 'sum'" }],
  },
  {
    example: 'pi-digits',
    params: { digits: 2_000 },
    expected: {
      answer: '3.14159265358979323846264338327950288419716939937510',
      lastDigits: '7802759009',
      placesChecked: [10, 50, 767, 1_000],
    },
    faults: [
      { file: 'chudnovsky.ts', text: '545140134n', by: '545140135n' },
      { file: 'chudnovsky.ts', text: 'right.q * left.t + left.p', by: 'left.q * left.t + left.p' },
      { file: 'chudnovsky.ts', text: '10005n *', by: '10006n *' },
      { file: 'machin.ts', text: '239n', by: '238n' },
      { file: 'knownDigits.ts', text: '2164201989', by: '2164201980' },
    ],
  },
  {
    example: 'monte-carlo',
    params: { points: 2_000_000, seed: 1 },
    expected: { answer: 3.14153, inside: 1_570_765, points: 2_000_000 },
    faults: [
      { file: 'philox.ts', text: '0xd2511f53', by: '0xd2511f51' },
      { file: 'quarterCircle.ts', text: '< 1 ?', by: '< 1.01 ?' },
      { file: 'kernel.ts', text: '= countOf(chunk)', by: '= countOf(chunk + 1)' },
    ],
  },
  {
    example: 'mandelbrot',
    params: { width: 300, height: 200, maxIterations: 500 },
    expected: { answer: 7_910_158, pixelsInside: 15_154 },
    faults: [
      { file: 'escapeTime.ts', text: '> 4', by: '> 5' },
      { file: 'kernel.ts', text: 'row % size === rank', by: 'row % size === rank + 1' },
      {
        file: 'kernel.ts',
        text: 'row * width);\n  });\n  return counts',
        by: '0);\n  });\n  return counts',
      },
    ],
  },
  {
    example: 'matmul',
    params: { order: 60 },
    expected: { order: 60 },
    faults: [
      { file: 'blockProduct.ts', text: 'k * order }', by: '(k + 1) * order }' },
      { file: 'kernel.ts', text: 'comm.gatherv(rowsOfC)', by: 'comm.gatherv(rowsOfA)' },
    ],
  },
  {
    example: 'fibonacci',
    params: { last: 20 },
    expected: { answer: 6_765, tasks: 21 },
    faults: [
      { file: 'fibonacci.ts', text: 'n < 2 ? n', by: 'n < 3 ? n' },
      { file: 'taskBag.ts', text: 'bag.smallest += 1', by: 'bag.smallest += 2' },
    ],
  },
  {
    example: 'heat',
    params: { cells: 21, sweeps: 130 },
    expected: {},
    faults: [
      { file: 'plate.ts', text: 'const left = cells[cell - 1]', by: 'const left = cells[cell]' },
      { file: 'standingWave.ts', text: '/ 2) ** sweeps', by: '/ 2.01) ** sweeps' },
    ],
  },
  {
    example: 'array-sweep',
    params: undefined,
    environment: { PIBATCH_ARRAY_TASK_ID: '5' },
    expected: { answer: 9_592, task: 5 },
    faults: [{ file: 'primeCount.ts', text: 'prime * prime < limit', by: 'prime < 50' }],
  },
  {
    example: 'nightly',
    params: { rounds: 2 },
    expected: {},
    faults: [
      { file: 'coreCheck.ts', text: "'a'.repeat", by: "'b'.repeat" },
      { file: 'coreCheck.ts', text: 'words[place] = pattern ^ place', by: 'words[place] = place' },
      { file: 'coreCheck.ts', text: '1 / TERMS -', by: '2 / TERMS -' },
    ],
  },
];

const home = process.cwd();
/** Kernels write their files where the job runs. */
const scratch = mkdtempSync(join(tmpdir(), 'pibatch-example-files-'));
beforeAll(() => process.chdir(scratch));
afterAll(() => {
  process.chdir(home);
  rmSync(scratch, { recursive: true });
});

const parameters = ({ example, params, environment }: Case) => ({
  example,
  params,
  ...(environment ? { environment } : {}),
});

/** The result without what depends on the clock or on the number of ranks. */
function comparable(result: unknown): unknown {
  expect(result).toMatchObject({ verified: true, learn: expect.any(String) });
  const perRank = ['measured', 'ranks', 'nodes', 'cores', 'iterationsOfRank'];
  return Object.fromEntries(
    Object.entries(result as object).filter(([key]) => !perRank.includes(key)),
  );
}

describe.each(CASES)('$example', (shipped) => {
  test('verifies its answer, the same on 1, 2 and 3 ranks', async () => {
    const answers: unknown[] = [];
    for (const ranks of [1, 2, 3]) {
      const ends = await runKernel({ ...parameters(shipped), ranks });
      expect(ends.map(({ kind }) => kind)).toEqual(ends.map(() => 'returned'));
      const [first] = ends;
      if (first?.kind !== 'returned') throw new Error(`rank 0 ${first?.failure}`);
      expect(first.result).toMatchObject(shipped.expected);
      answers.push(comparable(first.result));
    }
    if (shipped.example === 'hello') return;
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
  });

  test.each(shipped.faults)('fails when $text in $file becomes $by', async (fault) => {
    const ends = await runKernel({ ...parameters(shipped), ranks: 2, fault });
    const failures = ends.flatMap((end) => (end.kind === 'failed' ? [end.failure] : []));
    expect(failures.join('\n')).toContain('WrongAnswerError');
  });
});
