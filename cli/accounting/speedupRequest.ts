/** The options of `piacct speedup`, read and checked before anything is asked of the scheduler. */
import { type Comparison, readAssertion } from '../../accounting/speedup/assertion.ts';
import type { AnalyseOptions } from '../../accounting/speedup/analyse.ts';
import { type Change, readChange } from '../../accounting/speedup/whatIf.ts';
import type { Arguments } from '../command.ts';
import { badInput } from '../failure.ts';
import { parseIndexSet } from '../format/ranges.ts';
import { JOB_LIMITS } from '../jobFile/limits.ts';

export type SpeedupRequest = {
  readonly size: number | undefined;
  readonly analyse: AnalyseOptions;
  readonly assertion: readonly Comparison[];
  readonly change: Change | undefined;
  readonly suggest: boolean;
  readonly style: 'text' | 'json' | 'csv';
  /** Files to write beside the report. */
  readonly html: string | undefined;
  readonly svg: string | undefined;
  /** A file of runs measured elsewhere, instead of jobs. */
  readonly from: string | undefined;
};

/** Errors: CommandFailure (bad input). */
export function readSpeedupRequest(args: Arguments): SpeedupRequest {
  const predict = args.text('predict');
  return {
    size: positive('size', args.text('size')),
    analyse: {
      targetEfficiency: positive('target-efficiency', args.text('target-efficiency')),
      predictRanks: predict === undefined ? undefined : rankCounts(predict),
    },
    assertion: args.texts('assert').flatMap(assertionOf),
    change: changeOf(args.text('what-if')),
    suggest: args.flag('suggest') ?? false,
    style: args.flag('json') ? 'json' : args.flag('csv') ? 'csv' : 'text',
    html: args.text('html'),
    svg: args.text('svg'),
    from: args.text('from'),
  };
}

function positive(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw badInput(`--${option}: not a number above 0: '${text}'`);
}

function rankCounts(text: string): readonly number[] {
  const set = parseIndexSet(text, { largestIndex: JOB_LIMITS.ranks, mostIndices: 64 });
  if (!set.ok) throw badInput(`--predict: ${set.message}`);
  if (set.value[0] === 0) throw badInput(`--predict: rank counts begin at 1, not '${text}'`);
  return set.value;
}

function assertionOf(text: string): readonly Comparison[] {
  const read = readAssertion(text);
  if (!read.ok) throw badInput(`--assert: ${read.message}, at character ${read.at + 1}`);
  return read.value;
}

function changeOf(text: string | undefined): Change | undefined {
  if (text === undefined) return undefined;
  const read = readChange(text);
  if (!read.ok) throw badInput(`--what-if: ${read.message}, at character ${read.at + 1}`);
  return read.value;
}
