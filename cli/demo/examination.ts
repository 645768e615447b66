/** Fetches what one example left behind and compares it with what is known. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandRunner, CommandFailedError } from './commandRunner.ts';
import type { Example } from './knownAnswers.ts';
import type { Narrator } from './narrator.ts';
import { blackPixels } from './pngPixels.ts';
import { comparisonLine, judge, type Verdict } from './verdict.ts';

export type ExaminationTools = {
  readonly runner: CommandRunner;
  readonly narrator: Narrator;
  readonly folder: string;
};

const ARRAY_TASKS = 8;
/** Their ranks print what is worth reading. */
const TALKING = ['hello', 'matmul', 'fibonacci'];

/** A job that failed is a verdict, not an error: the tour goes on and ends with exit code 1. */
export async function examine(
  { example, job }: { readonly example: Example; readonly job: number },
  tools: ExaminationTools,
): Promise<Verdict> {
  const { narrator } = tools;
  let verdict: Verdict;
  try {
    verdict = judge(example, [job], await resultsOf({ example, job }, tools));
  } catch (error) {
    if (!(error instanceof CommandFailedError)) throw error;
    narrator.answered(error.message);
    verdict = { example: example.name, jobs: [job], verified: false, comparisons: [] };
  }
  for (const each of verdict.comparisons) {
    if (each.known !== true || !each.agrees) narrator.checked(comparisonLine(each), each.agrees);
  }
  if (verdict.comparisons.length === 0) narrator.checked(`${example.name}: no result`, false);
  return verdict;
}

async function resultsOf(
  { example, job }: { readonly example: Example; readonly job: number },
  { runner, folder }: ExaminationTools,
): Promise<unknown[]> {
  if (TALKING.includes(example.name)) await runner.show('pilogs', String(job));
  if (example.name === 'plain-command') return [await runner.show('pilogs', String(job))];
  if (example.name === 'array-sweep') return arrayResults(job, runner);
  const result: unknown = JSON.parse(await runner.show('pilogs', '--result', String(job)));
  if (example.name !== 'mandelbrot') return [result];
  const pictures = join(folder, 'pictures');
  await runner.show('pilogs', '--fetch', pictures, String(job));
  const picture = readFileSync(join(pictures, 'mandelbrot.png'));
  return [Object.assign({ blackPixels: blackPixels(picture) }, result)];
}

/** Two tasks at a time: a small board has no memory for eight commands at once. */
async function arrayResults(job: number, runner: CommandRunner): Promise<unknown[]> {
  const results: string[] = [];
  for (let task = 1; task <= ARRAY_TASKS; task += 2) {
    const run = task === 1 ? runner.show : runner.run;
    const pair = [
      run('pilogs', '--result', `${job}_${task}`),
      runner.run('pilogs', '--result', `${job}_${task + 1}`),
    ];
    results.push(...(await Promise.all(pair)));
  }
  return results.map((text): unknown => JSON.parse(text));
}
