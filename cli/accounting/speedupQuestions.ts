/** What can be asked of an analysis beside its report: --what-if, --suggest, --assert, --loss. */
import type { SpeedupAnalysis } from '../../accounting/speedup/analyse.ts';
import {
  checkAssertion,
  type Checked,
  type Comparison,
  readAssertion,
} from '../../accounting/speedup/assertion.ts';
import { type Downey, downeyOf } from '../../accounting/speedup/downey.ts';
import { suggestRanks, type Suggestion } from '../../accounting/speedup/suggest.ts';
import {
  fitThroughput,
  loadsOf,
  type ThroughputFit,
} from '../../accounting/speedup/throughputLoss.ts';
import { significant } from '../../accounting/speedup/verdict.ts';
import { type Change, readChange, whatIf, type WhatIf } from '../../accounting/speedup/whatIf.ts';
import type { Arguments } from '../command.ts';
import { badInput } from '../failure.ts';
import { wrapItems } from '../format/wrap.ts';
import { secondsText } from '../format/speedupTable.ts';

export type Questions = {
  readonly change: Change | undefined;
  readonly assertions: readonly Comparison[];
  readonly suggest: boolean;
  readonly throughput: boolean;
  /** How many ranks can ever have work. */
  readonly limit: number | undefined;
};

/** Errors: CommandFailure. */
export function readQuestions(args: Arguments): Questions {
  const change = args.text('what-if');
  const read = change === undefined ? undefined : readChange(change);
  if (read && !read.ok) throw badInput(`--what-if: ${read.message}, at character ${read.at + 1}`);
  const assertions = args.texts('assert').flatMap((text) => {
    const assertion = readAssertion(text);
    if (!assertion.ok)
      throw badInput(`--assert: ${assertion.message}, at character ${assertion.at + 1}`);
    return assertion.value;
  });
  const loss = args.text('loss') ?? 'log';
  if (loss !== 'log' && loss !== 'throughput') {
    throw badInput(`--loss: '${loss}' is not known; known: log, throughput`);
  }
  return {
    change: read?.value,
    assertions,
    suggest: args.flag('suggest') ?? false,
    throughput: loss === 'throughput',
    limit: readLimit(args.text('limit')),
  };
}

function readLimit(text: string | undefined): number | undefined {
  const limit = Number(text);
  if (text === undefined || (Number.isInteger(limit) && limit > 0 && limit <= 1_000_000))
    return text === undefined ? undefined : limit;
  throw badInput(`--limit: not a number of ranks: '${text}'`);
}

export type Answers = {
  readonly whatIf: WhatIf | undefined;
  readonly suggestion: Suggestion | undefined;
  readonly assertions: readonly Checked[];
  readonly throughput: ThroughputFit | undefined;
  readonly downey: Downey | undefined;
};

export const answersOf = (analysis: SpeedupAnalysis, questions: Questions): Answers => ({
  whatIf: questions.change && whatIf(analysis, questions.change),
  suggestion: questions.suggest ? suggestRanks(analysis) : undefined,
  assertions: checkAssertion(analysis, questions.assertions),
  throughput: questions.throughput ? fitThroughput(loadsOf(analysis.usedRuns)) : undefined,
  downey:
    questions.limit === undefined || !analysis.fit
      ? undefined
      : downeyOf(analysis.fit.f.value, questions.limit),
});

/** Only what was asked. */
export function answersJson(questions: Questions, answers: Answers): object {
  return {
    ...(questions.change && { whatIf: answers.whatIf ?? null }),
    ...(questions.suggest && { suggestion: answers.suggestion ?? null }),
    ...(questions.assertions.length > 0 && {
      assertions: answers.assertions.map(({ value, ...rest }) => ({
        ...rest,
        value: value !== undefined && Number.isFinite(value) ? value : null,
      })),
    }),
    ...(questions.throughput && { throughput: answers.throughput ?? null }),
    ...(questions.limit !== undefined && { downey: answers.downey ?? null }),
  };
}

export function answersText(
  questions: Questions,
  answers: Answers,
  style: { readonly cells: number | undefined },
): string {
  const lines = [
    ...(questions.change ? [`what if  ${whatIfText(answers.whatIf)}`] : []),
    ...(questions.suggest ? [`suggest  ${suggestionText(answers.suggestion)}`] : []),
    ...answers.assertions.map((checked) => `assert   ${checkedText(checked)}`),
    ...(questions.throughput ? [`loss     ${throughputText(answers.throughput)}`] : []),
    ...(questions.limit === undefined ? [] : [`limit    ${downeyText(answers.downey)}`]),
  ];
  const wrapped = lines.map((line) => {
    const shown = { cells: style.cells ?? 120, gap: ', ', label: line.slice(0, LABEL) };
    return wrapItems(line.slice(LABEL).split(', '), shown);
  });
  return wrapped.join('');
}

const LABEL = 9;

const percent = (share: number): string => `${significant(100 * share)}%`;

function whatIfText(answer: WhatIf | undefined): string {
  if (!answer) return 'no answer: the runs carry no fit';
  const { now, supposed } = answer;
  const said = ({ seconds, speedup, efficiency }: WhatIf['now']): string =>
    `${secondsText(seconds)}, ${significant(speedup)}x, efficiency ${percent(efficiency)}`;
  return `at ${now.ranks} ranks ${said(supposed)} (the fit now: ${said(now)})`;
}

const downeyText = (downey: Downey | undefined): string =>
  downey
    ? `Downey: with work for ${downey.limit} ranks (stated) speedup is at most ${downey.limit}x, ` +
      `from ${Math.ceil(downey.plateauRanks)} ranks on, sigma ${significant(downey.sigma)}`
    : 'no plateau: the serial fraction alone keeps the speedup below that, or there is no fit';

const suggestionText = (suggestion: Suggestion | undefined): string =>
  suggestion
    ? `measure ${suggestion.ranks} ranks next: ${suggestion.reason}`
    : 'nothing more would teach much';

function checkedText({ text, outcome, value, measured }: Checked): string {
  if (outcome === 'unknown') return `${text}: unknown, the runs do not carry an answer`;
  const is = value === undefined || !Number.isFinite(value) ? 'unbounded' : significant(value);
  return `${text}: ${outcome} (${is}${measured ? ' measured' : ' fitted'})`;
}

function throughputText(fit: ThroughputFit | undefined): string {
  if (!fit) return 'no fit by throughput: it needs 4 runs';
  const term = (name: string, { value, interval }: ThroughputFit['alpha']): string =>
    `${name} ${significant(value)} [${significant(interval.low)}-${significant(interval.high)}]`;
  const peak = Number.isFinite(fit.peakLoad) ? `, peak ${significant(fit.peakLoad)}` : '';
  return `USL by throughput: ${term('alpha', fit.alpha)}, ${term('beta', fit.beta)}, ${term('gamma', fit.gamma)}${peak}`;
}
