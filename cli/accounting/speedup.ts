/** `piacct speedup`: what more ranks bought, over the runs of a sweep or of one name. */
import { analyseSpeedup, type SpeedupAnalysis } from '../../accounting/speedup/analyse.ts';
import { splitRuns } from '../../accounting/speedup/group.ts';
import type { SpeedupRun } from '../../accounting/speedup/run.ts';
import type { Arguments } from '../command.ts';
import { badInput, CommandFailure, EXIT } from '../failure.ts';
import { speedupReport } from '../format/speedupReport.ts';
import { jobNumbers, readJobReferences } from '../jobIds.ts';
import { type JobView, listJobs } from '../jobView.ts';
import { printJson } from '../json.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { readMoment } from './list.ts';
import { speedupRuns } from './usage.ts';

const WINDOW = 'now-30days';

/** Resolves to the exit code: 3 when no group of runs can be fitted. */
export async function showSpeedup(
  words: readonly string[],
  args: Arguments,
  terminal: Terminal,
): Promise<number> {
  const nowMs = Date.now();
  const size = readNumber('size', args.text('size'));
  const targetEfficiency = readNumber('target-efficiency', args.text('target-efficiency'));
  const views = await withSession('piacct', (session) => findRuns(session, { words, args, nowMs }));
  const runs = speedupRuns(views, nowMs).filter((run) => size === undefined || run.size === size);
  const groups = splitRuns(runs).filter((group) => words.length > 0 || isSweep(group));
  if (groups.length === 0) throw new CommandFailure(EXIT.refused, nothingFound(runs));
  const analyses = groups.map((group) => analyseSpeedup(group, { targetEfficiency }));
  if (args.flag('json')) printJson(terminal, analyses.map(analysisJson));
  else {
    const plot = !args.flag('no-plot');
    const ascii = args.flag('ascii') ?? !hasUnicode();
    const style = { cells: terminal.cells, ascii, plot };
    terminal.print(analyses.map((analysis) => speedupReport(analysis, style)).join('\n'));
  }
  return analyses.every(({ verdict }) => verdict === 'refused') ? EXIT.refused : EXIT.ok;
}

function readNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw badInput(`--${option}: not a number above 0: '${text}'`);
}

async function findRuns(
  session: Session,
  request: { readonly words: readonly string[]; readonly args: Arguments; readonly nowMs: number },
): Promise<JobView[]> {
  const { words, args, nowMs } = request;
  const ids = jobNumbers(readJobReferences([...words, ...args.texts('jobs')]));
  const group = args.text('group') ?? '';
  const bounded = ids.length === 0 && group === '';
  const since = args.text('starttime') ?? (bounded ? WINDOW : undefined);
  return listJobs(session, {
    ids,
    group,
    name: args.text('name') ?? '',
    user: args.text('user') ?? (args.flag('allusers') || ids.length > 0 ? '' : session.user),
    finished: true,
    sinceMs: readMoment('starttime', since, nowMs) ?? null,
    untilMs: readMoment('endtime', args.text('endtime'), nowMs) ?? null,
  });
}

const isSweep = (runs: readonly SpeedupRun[]): boolean =>
  new Set(runs.filter(({ state }) => state === 'COMPLETED').map(({ ranks }) => ranks)).size > 1;

const nothingFound = (runs: readonly SpeedupRun[]): string =>
  runs.length === 0
    ? 'no finished runs match; measure some: pisub --scale 1,2,4 --repeat 3 job.yaml'
    : `${runs.length} finished runs match, but none was run on more than one number of ranks; ` +
      'measure: pisub --scale 1,2,4 --repeat 3 job.yaml';

/** The report's numbers; its curves are functions and stay here. */
function analysisJson(whole: SpeedupAnalysis): object {
  const { search: _search, usedRuns, excluded, ...analysis } = whole;
  return {
    schema: 1,
    ...analysis,
    used: usedRuns.map(({ id }) => id),
    excluded: excluded.map(({ run, reason }) => ({ job: run.id, reason })),
  };
}

const hasUnicode = (): boolean => {
  const { LC_ALL, LC_CTYPE, LANG } = process.env;
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
};
