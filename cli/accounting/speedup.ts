/** `piacct speedup`: what more ranks bought, over the runs of a sweep or of one name. */
import { writeFileSync } from 'node:fs';
import { analyseSpeedup, type SpeedupAnalysis } from '../../accounting/speedup/analyse.ts';
import { checkAssertion } from '../../accounting/speedup/assertion.ts';
import { speedupCsv } from '../../accounting/speedup/csv.ts';
import { splitRuns } from '../../accounting/speedup/group.ts';
import { speedupJson } from '../../accounting/speedup/json.ts';
import type { SpeedupRun } from '../../accounting/speedup/run.ts';
import type { Arguments } from '../command.ts';
import { badInput, CommandFailure, EXIT } from '../failure.ts';
import { speedupHtml, speedupSvg } from '../format/speedupHtml.ts';
import { speedupReport } from '../format/speedupReport.ts';
import { printJson } from '../json.ts';
import type { Terminal } from '../terminal.ts';
import { answerLines } from './speedupAnswers.ts';
import { readSpeedupRequest, type SpeedupRequest } from './speedupRequest.ts';
import { runsFromFile, runsFromJobs } from './speedupSources.ts';

/** Resolves to the exit code: 3 when no group of runs can be fitted, or an assertion fails. */
export async function showSpeedup(
  words: readonly string[],
  args: Arguments,
  terminal: Terminal,
): Promise<number> {
  const request = readSpeedupRequest(args);
  const found =
    request.from === undefined
      ? await runsFromJobs(words, args, Date.now())
      : runsFromFile(request.from, terminal);
  const runs = found.filter(({ size }) => request.size === undefined || size === request.size);
  const groups = splitRuns(runs).filter((group) => words.length > 0 || isSweep(group));
  if (groups.length === 0) throw new CommandFailure(EXIT.refused, nothingFound(runs));
  const analyses = groups.map((group) => analyseSpeedup(group, request.analyse));
  writePages(analyses, request);
  print(analyses, { request, args }, terminal);
  return exitCodeOf(analyses, request, terminal);
}

const isSweep = (runs: readonly SpeedupRun[]): boolean =>
  new Set(
    runs.filter(({ state }) => (state ?? 'COMPLETED') === 'COMPLETED').map(({ ranks }) => ranks),
  ).size > 1;

const nothingFound = (runs: readonly SpeedupRun[]): string =>
  runs.length === 0
    ? 'no finished runs match; measure some: pisub --scale 1,2,4 --repeat 3 job.yaml'
    : `${runs.length} finished runs match, but none was run on more than one number of ranks; ` +
      'measure: pisub --scale 1,2,4 --repeat 3 job.yaml';

/** A page shows one group: the one with most runs. */
function writePages(analyses: readonly SpeedupAnalysis[], { html, svg }: SpeedupRequest): void {
  const [largest] = [...analyses].sort((a, b) => b.usedRuns.length - a.usedRuns.length);
  if (!largest) return;
  if (html !== undefined) write('html', html, speedupHtml(largest));
  if (svg !== undefined) write('svg', svg, speedupSvg(largest));
}

function write(option: string, path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw badInput(`--${option}: ${path} cannot be written: ${problem}`);
  }
}

function print(
  analyses: readonly SpeedupAnalysis[],
  { request, args }: { readonly request: SpeedupRequest; readonly args: Arguments },
  terminal: Terminal,
): void {
  if (request.style === 'json') printJson(terminal, analyses.map(speedupJson));
  else if (request.style === 'csv') terminal.print(analyses.map(speedupCsv).join('\n'));
  else {
    const style = {
      cells: terminal.cells,
      ascii: args.flag('ascii') ?? !hasUnicode(),
      plot: !args.flag('no-plot'),
    };
    const reports = analyses.map(
      (analysis) =>
        speedupReport(analysis, style) + answerLines(analysis, { ...request, ...style }),
    );
    terminal.print(reports.join('\n'));
  }
}

/** A gate must not pass on what cannot be said. */
function exitCodeOf(
  analyses: readonly SpeedupAnalysis[],
  { assertion }: SpeedupRequest,
  terminal: Terminal,
): number {
  const failed = analyses
    .flatMap((analysis) => checkAssertion(analysis, assertion))
    .filter(({ outcome }) => outcome !== 'holds');
  for (const { text, outcome, value } of failed) {
    const said =
      value === undefined ? 'it cannot be said' : `it is ${Number(value.toPrecision(3))}`;
    terminal.tell(`piacct: ${text} ${outcome === 'fails' ? 'fails' : 'is not known'}: ${said}`);
  }
  const refused = analyses.every(({ verdict }) => verdict === 'refused');
  return failed.length > 0 || refused ? EXIT.refused : EXIT.ok;
}

const hasUnicode = (): boolean => {
  const { LC_ALL, LC_CTYPE, LANG } = process.env;
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
};
