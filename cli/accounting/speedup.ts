/**
 * `piacct speedup`: what more ranks bought, over the runs of a sweep, of one name, or of a file. One
 * group of runs gives one report; a pile that mixes is refused and its groups are shown apart.
 */
import { writeFileSync } from 'node:fs';
import type { SpeedupAnalysis } from '../../accounting/speedup/analyse.ts';
import { analyseGroups, type GroupedAnalysis } from '../../accounting/speedup/analyseGroups.ts';
import { speedupCsv } from '../../accounting/speedup/csv.ts';
import { isMix } from '../../accounting/speedup/finding.ts';
import { speedupJson } from '../../accounting/speedup/json.ts';
import type { SpeedupRun } from '../../accounting/speedup/run.ts';
import { refusalLine } from '../../accounting/speedup/verdict.ts';
import type { Arguments } from '../command.ts';
import { badInput, CommandFailure, EXIT } from '../failure.ts';
import { speedupHtml } from '../format/speedupHtml.ts';
import { speedupSvg } from '../format/speedupSvg.ts';
import { speedupReport } from '../format/speedupReport.ts';
import { printJson } from '../json.ts';
import type { Terminal } from '../terminal.ts';
import { explanation } from './explanation.ts';
import { answersJson, answersOf, answersText, readQuestions } from './speedupQuestions.ts';
import { runsOfFile, runsOfJobs } from './speedupRuns.ts';
import { hasUnicode } from './sweepReport.ts';

/** Resolves to the exit code: 3 when refused, or when an --assert does not hold. */
export async function showSpeedup(
  words: readonly string[],
  args: Arguments,
  terminal: Terminal,
): Promise<number> {
  const size = readNumber('size', args.text('size'));
  const targetEfficiency = readShare('target-efficiency', args.text('target-efficiency'));
  const predictRanks = readRanks('predict', args.text('predict'));
  const questions = readQuestions(args);
  const from = args.text('from');
  if (from !== undefined && words.length > 0) {
    throw badInput(`--from reads '${from}' alone; it does not go with jobs (${words.join(' ')})`);
  }
  const { runs: found, power } =
    from === undefined ? await runsOfJobs(words, args, Date.now()) : runsOfFile(from, terminal);
  const runs = found.filter((run) => size === undefined || run.size === size);
  if (runs.length === 0) throw new CommandFailure(EXIT.refused, nothingFound(found, size));
  const grouped = analyseGroups(runs, { targetEfficiency, predictRanks, power });
  const { whole } = grouped;
  const answers = answersOf(whole, questions);
  save('html', args.text('html'), () => speedupHtml(whole));
  save('svg', args.text('svg'), () => speedupSvg(whole));
  if (args.flag('json')) {
    printJson(terminal, { ...groupedJson(grouped), ...answersJson(questions, answers) });
  } else if (args.flag('csv')) terminal.print(speedupCsv(whole));
  else terminal.print(reports(grouped, args, terminal) + answersText(questions, answers, terminal));
  const holds = answers.assertions.every(({ outcome }) => outcome === 'holds');
  if (!holds) terminal.tell('piacct: not every --assert holds');
  return whole.verdict === 'refused' || !holds ? EXIT.refused : EXIT.ok;
}

/** The keys of one analysis; `groups` beside them when the runs do not belong together. */
const groupedJson = ({ whole, groups }: GroupedAnalysis): object =>
  isMixed({ whole, groups })
    ? { ...speedupJson(whole), groups: groups.map(speedupJson) }
    : speedupJson(whole);

const isMixed = ({ whole, groups }: GroupedAnalysis): boolean =>
  groups.length !== 1 || groups[0] !== whole;

function reports(grouped: GroupedAnalysis, args: Arguments, terminal: Terminal): string {
  const ascii = args.flag('ascii') ?? !hasUnicode();
  const style = { cells: terminal.cells, ascii, plot: !args.flag('no-plot') };
  const { whole, groups } = grouped;
  const shown: SpeedupAnalysis[] = isMixed(grouped) ? groups.filter(isSweep) : [whole];
  const head = isMixed(grouped) ? [mixLine(whole)] : [];
  const texts = shown.map(
    (analysis) =>
      speedupReport(analysis, style) + (args.flag('explain') ? explanation(analysis) : ''),
  );
  return [...head, ...texts].join('\n');
}

/** What a mixed pile shows otherwise means nothing. */
const mixLine = (whole: SpeedupAnalysis): string => {
  const findings = whole.findings.filter(isMix);
  return `${refusalLine({ ...whole, findings })}\n`;
};

const isSweep = ({ rows }: SpeedupAnalysis): boolean => rows.length > 1;

function save(option: string, path: string | undefined, make: () => string): void {
  if (path === undefined) return;
  try {
    writeFileSync(path, make());
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw badInput(`--${option}: cannot write '${path}': ${why}`);
  }
}

function readNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw badInput(`--${option}: not a number above 0: '${text}'`);
}

function readShare(option: string, text: string | undefined): number | undefined {
  const value = readNumber(option, text?.replace(/%$/, ''));
  const share = value !== undefined && text?.endsWith('%') ? value / 100 : value;
  if (share === undefined || share < 1) return share;
  throw badInput(`--${option}: not a share between 0 and 1 (or 0% and 100%): '${text}'`);
}

function readRanks(option: string, text: string | undefined): readonly number[] | undefined {
  return text?.split(',').map((word) => {
    const value = Number(word);
    if (Number.isInteger(value) && value > 0 && value <= 1_000_000) return value;
    throw badInput(`--${option}: not a number of ranks: '${word}'; write 24,32`);
  });
}

const nothingFound = (found: readonly SpeedupRun[], size: number | undefined): string => {
  if (found.length === 0)
    return 'no finished runs match; measure some: pisub --scale 1,2,4 --repeat 3 job.yaml';
  const sizes = [...new Set(found.map((run) => String(run.size ?? 'none')))].sort();
  return `${found.length} finished runs match, but none has the size ${size}; sizes: ${sizes.slice(0, 8).join(', ')}`;
};
