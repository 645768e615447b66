/** Where the runs of `piacct speedup` come from: the scheduler's history, or a file (`--from`). */
import { readFileSync } from 'node:fs';
import { faultSentence } from '../../accounting/speedup/readFault.ts';
import { readRuns } from '../../accounting/speedup/readRuns.ts';
import type { SpeedupRun } from '../../accounting/speedup/run.ts';
import type { Arguments } from '../command.ts';
import { badInput } from '../failure.ts';
import { jobNumbers, readJobReferences } from '../jobIds.ts';
import type { PowerOptions } from '../../accounting/energy.ts';
import { listJobs } from '../jobView.ts';
import { withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { powerInForce, powerOptions } from './power.ts';
import { list } from './query.ts';
import { unknownName } from './unknown.ts';
import { readWindow } from './window.ts';
import { speedupRuns } from './usage.ts';

const WINDOW = 'now-30days';
/** Single ranks are looked at in so many runs; the sums over segments in all. */
export const DETAILED_RUNS = 500;

/** Of the jobs named, of a sweep, or of the last 30 days. Errors: CommandFailure, those of a session. */
export async function runsOfJobs(
  words: readonly string[],
  args: Arguments,
  nowMs: number,
): Promise<FoundRuns> {
  const references = readJobReferences([...words, ...args.texts('jobs')]);
  const ids = jobNumbers(references);
  const group = args.text('group') ?? '';
  const bounded = ids.length === 0 && group === '';
  const window = readWindow(args, { nowMs, since: bounded ? WINDOW : undefined });
  const { name = '', user = '' } = { name: args.text('name'), user: args.text('user') };
  const { views, power } = await withSession('piacct', async (session) => {
    const query = {
      ids,
      group,
      name,
      user: user || (args.flag('allusers') || ids.length > 0 ? '' : session.user),
      finished: true,
      sinceMs: window.sinceMs ?? null,
      untilMs: window.untilMs ?? null,
    };
    const found = await listJobs(session, query, DETAILED_RUNS);
    const named = { references, names: list(name), users: list(user) };
    const unknown = found.length === 0 ? await unknownName(session, named) : undefined;
    if (unknown) throw unknown;
    if (found.length === 0 && group !== '')
      throw badInput(`no finished run of a sweep '${group}' is known; pisub --scale names it`);
    return { views: found, power: powerOptions(await powerInForce(session)) };
  });
  return { runs: speedupRuns(views, nowMs, power), power };
}

/** `power`: undefined where nothing is known of the boards. */
export type FoundRuns = {
  readonly runs: readonly SpeedupRun[];
  readonly power: PowerOptions | undefined;
};

/** `-` is standard input. Every fault of the file is told. Errors: CommandFailure. */
export function runsOfFile(path: string, terminal: Terminal): FoundRuns {
  const read = readRuns(textOf(path));
  if (!read.ok) {
    throw badInput(read.faults.map((fault) => `${path}: ${faultSentence(fault)}`).join('\n'));
  }
  for (const warning of read.warnings) terminal.tell(`piacct: ${path}: ${faultSentence(warning)}`);
  return { runs: read.runs, power: undefined };
}

function textOf(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw badInput(`--from: cannot read '${path}': ${why}`);
  }
}
