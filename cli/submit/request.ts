/** From the command line to resolved jobs: the source, PISUB_ variables over it, options over all. */
import { text as readAll } from 'node:stream/consumers';
import type { Arguments } from '../command.ts';
import { badInput } from '../failure.ts';
import { parseIndexSet } from '../format/ranges.ts';
import { type JobDraft, layOver } from '../jobFile/draft.ts';
import type { KeyContext } from '../jobFile/keys.ts';
import { JOB_LIMITS } from '../jobFile/limits.ts';
import { type ResolvedJob, resolveJob } from '../jobFile/resolve.ts';
import { readPiped, readSource, type Source, wrappedSource } from '../jobFile/source.ts';
import { readVariables } from '../jobFile/variables.ts';
import { readJobOptions } from '../jobOptions.ts';

export type JobRequests = {
  /** One, or the runs of a sweep in the order in which they are to be submitted. */
  readonly jobs: readonly ResolvedJob[];
  readonly warnings: readonly string[];
};

export const keyContext = (nowMs: number): KeyContext => ({ nowMs, environment: process.env });

/** Errors: all those of jobFile/, CommandFailure. */
export async function readRequests(args: Arguments, nowMs: number): Promise<JobRequests> {
  const context = keyContext(nowMs);
  const workingFolder = process.cwd();
  const { draft, warnings } = await readGiven(args, context, workingFolder);
  const said = layOver(layOver(draft, readVariables(context)), readJobOptions(args, context));
  const jobs = sweepOf(said, args, nowMs).map((each) => resolveJob(each, workingFolder));
  return { jobs, warnings };
}

async function readGiven(
  args: Arguments,
  context: KeyContext,
  workingFolder: string,
): Promise<Source> {
  const wrapped = args.text('wrap');
  const [file, ...rest] = args.words;
  if (wrapped !== undefined) {
    if (file !== undefined) throw badInput(`--wrap takes the place of a file, but got '${file}'`);
    return wrappedSource(wrapped, workingFolder);
  }
  if (file !== undefined && file !== '-') {
    return readSource({ ...context, file, args: rest, workingFolder });
  }
  if (file === undefined && process.stdin.isTTY) {
    throw badInput('name a job file, a kernel or a script, or give --wrap COMMAND');
  }
  return readPiped(await readAll(process.stdin), { ...context, args: rest, workingFolder });
}

/** `--scale 1,2,4,8 --repeat 3`: every rank count once, then all again, as one group. */
function sweepOf(draft: JobDraft, args: Arguments, nowMs: number): JobDraft[] {
  const scale = args.text('scale');
  const repeat = args.text('repeat');
  if (scale === undefined) {
    if (repeat !== undefined) throw badInput('--repeat goes with --scale');
    return [draft];
  }
  if (draft.array || draft.schedule) {
    throw badInput('--scale measures one job; leave out array and schedule');
  }
  const ranks = readScale(scale);
  const rounds = readRepeat(repeat ?? '1');
  const group = draft.group ?? `${draft.name ?? 'scale'}-${compactTime(nowMs)}`;
  return Array.from({ length: rounds }, () =>
    ranks.map((count) => ({ ...draft, ranks: count, ranksRange: undefined, group })),
  ).flat();
}

function readScale(text: string): readonly number[] {
  const set = parseIndexSet(text, { largestIndex: JOB_LIMITS.ranks, mostIndices: 64 });
  if (!set.ok) throw badInput(`--scale: ${set.message}`);
  if (set.value[0] === 0) throw badInput(`--scale: rank counts begin at 1, not '${text}'`);
  return set.value;
}

function readRepeat(text: string): number {
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= 100) return rounds;
  throw badInput(`--repeat: not a whole number from 1 to 100: '${text}'`);
}

const compactTime = (nowMs: number): string =>
  new Date(nowMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
