/** Answers below the report of `piacct speedup`: --what-if and --suggest, one line each. */
import type { SpeedupAnalysis } from '../../accounting/speedup/analyse.ts';
import { suggestRanks } from '../../accounting/speedup/suggest.ts';
import { type Change, type Supposed, whatIf } from '../../accounting/speedup/whatIf.ts';
import { wrapItems } from '../format/wrap.ts';
import { secondsText } from '../format/speedupTable.ts';
import type { SpeedupRequest } from './speedupRequest.ts';

export function answerLines(
  analysis: SpeedupAnalysis,
  options: Pick<SpeedupRequest, 'change' | 'suggest'> & { readonly cells: number | undefined },
): string {
  const { change, suggest } = options;
  const style = { cells: options.cells ?? 120, gap: ', ' };
  const supposed = change
    ? wrapItems(whatIfItems(analysis, change), { ...style, label: 'what if  ' })
    : '';
  const next = suggest
    ? wrapItems(suggestItems(analysis), { ...style, gap: ' ', label: 'suggest  ' })
    : '';
  return supposed + next;
}

function whatIfItems(analysis: SpeedupAnalysis, change: Change): string[] {
  const answer = whatIf(analysis, change);
  if (!answer) return ['no answer: the runs cannot be fitted'];
  const [first = '', ...rest] = shown(answer.supposed);
  const [now = '', ...before] = shown(answer.now);
  return [`${answer.supposed.ranks} ranks: ${first}`, ...rest, `instead of ${now}`, ...before];
}

function shown({ seconds, speedup, efficiency, ceiling }: Supposed): string[] {
  const texts = [
    secondsText(seconds),
    `${speedup.toFixed(2)}x`,
    `${Math.round(100 * efficiency)}% efficient`,
  ];
  return ceiling === undefined ? texts : [...texts, `ceiling ${ceiling.toFixed(1)}x`];
}

function suggestItems(analysis: SpeedupAnalysis): string[] {
  const next = suggestRanks(analysis);
  if (!next) return ['nothing more to measure'];
  return [
    `measure ${next.ranks} ranks next: ${next.reason}`,
    `(pisub --scale ${next.ranks} --repeat 3)`,
  ];
}
