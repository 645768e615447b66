/** Where the runs of `piacct speedup` come from: finished jobs, or a file of runs measured elsewhere. */
import { readFileSync } from 'node:fs';
import { faultSentence } from '../../accounting/speedup/readFault.ts';
import { readRuns } from '../../accounting/speedup/readRuns.ts';
import type { SpeedupRun } from '../../accounting/speedup/run.ts';
import type { Arguments } from '../command.ts';
import { badInput } from '../failure.ts';
import { jobNumbers, readJobReferences } from '../jobIds.ts';
import { listJobs } from '../jobView.ts';
import { withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { readMoment } from './list.ts';
import { speedupRuns } from './usage.ts';

const WINDOW = 'now-30days';

/** Errors: CommandFailure, those of a session. */
export async function runsFromJobs(
  words: readonly string[],
  args: Arguments,
  nowMs: number,
): Promise<readonly SpeedupRun[]> {
  const ids = jobNumbers(readJobReferences([...words, ...args.texts('jobs')]));
  const group = args.text('group') ?? '';
  const bounded = ids.length === 0 && group === '';
  const since = args.text('starttime') ?? (bounded ? WINDOW : undefined);
  const sinceMs = readMoment('starttime', since, nowMs) ?? null;
  const untilMs = readMoment('endtime', args.text('endtime'), nowMs) ?? null;
  const everybody = args.flag('allusers') || ids.length > 0;
  const views = await withSession('piacct', (session) =>
    listJobs(session, {
      ids,
      group,
      name: args.text('name') ?? '',
      user: args.text('user') ?? (everybody ? '' : session.user),
      finished: true,
      sinceMs,
      untilMs,
    }),
  );
  return speedupRuns(views, nowMs);
}

/** `--from`. Errors: CommandFailure with every fault and its place. */
export function runsFromFile(path: string, terminal: Terminal): readonly SpeedupRun[] {
  const read = readRuns(textOf(path));
  if (!read.ok) {
    throw badInput(read.faults.map((fault) => `${path}: ${faultSentence(fault)}`).join('\n'));
  }
  for (const warning of read.warnings) terminal.tell(`piacct: ${path}: ${faultSentence(warning)}`);
  return read.runs;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw badInput(`--from: ${path} cannot be read: ${problem}`);
  }
}
