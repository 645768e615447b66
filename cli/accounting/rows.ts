/**
 * Rows of sacct: one per job (its allocation) and one for what its ranks did, `12.batch` for a
 * script and `12.0` otherwise. Usage belongs to the second: on the first sacct leaves it empty.
 */
import { totalEnergy, type PowerOptions } from '../../accounting/energy.ts';
import type { Energy } from '../../accounting/usage.ts';
import { isFinal } from '../format/state.ts';
import { elapsedMsOf, jobLabel, type JobView, suspendedMsOf } from '../jobView.ts';
import { attemptUsage } from './usage.ts';

export type AccountRow = {
  readonly view: JobView;
  readonly step: 'allocation' | 'batch' | '0';
  readonly elapsedMs: number;
  readonly suspendedMs: number;
  /** Summed over the ranks of the last attempt; undefined when not measured. */
  readonly cpuMs: number | undefined;
  /** Of the rank that used most. */
  readonly maxRssBytes: number | undefined;
  readonly aveRssBytes: number | undefined;
  /** Of the last attempt; undefined where the boards' watts are not known. */
  readonly energy: Energy | undefined;
};

export function accountRows(
  views: readonly JobView[],
  options: { readonly steps: boolean; readonly nowMs: number; readonly power: PowerOptions },
): AccountRow[] {
  return views.flatMap((view) => {
    const measured = measuredOf(view);
    const elapsedMs = elapsedMsOf(view, options.nowMs);
    const allocation: AccountRow = {
      view,
      step: 'allocation',
      elapsedMs,
      suspendedMs: suspendedMsOf(view, options.nowMs),
      cpuMs: measured.cpuMs,
      maxRssBytes: undefined,
      aveRssBytes: undefined,
      energy: energyOf(view, options.power),
    };
    if (!options.steps || view.startedMs === undefined) return [allocation];
    const step = view.program.startsWith('script') ? 'batch' : '0';
    return [allocation, { ...allocation, ...measured, step }];
  });
}

/** Of one attempt, also of one that was requeued; undefined until it has ended. */
export const energyOf = (view: JobView, power: PowerOptions): Energy | undefined =>
  view.endedMs === undefined ? undefined : totalEnergy(attemptUsage(view).parts, power);

/** Only of the last attempt: an earlier one's ranks are gone. */
export function measuredOf(
  view: JobView,
): Pick<AccountRow, 'cpuMs' | 'maxRssBytes' | 'aveRssBytes'> {
  const ranks = view.parts
    .filter(({ attempt }) => attempt === view.attempt)
    .flatMap(({ usage }) => usage);
  const memory = ranks
    .map(({ peakMemoryBytes }) => peakMemoryBytes)
    .filter((bytes) => bytes !== undefined);
  return {
    cpuMs: ranks.length === 0 ? undefined : ranks.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    maxRssBytes: memory.length === 0 ? undefined : Math.max(...memory),
    aveRssBytes:
      memory.length === 0
        ? undefined
        : Math.round(memory.reduce((sum, bytes) => sum + bytes, 0) / memory.length),
  };
}

export const rowLabel = ({ view, step }: AccountRow): string =>
  step === 'allocation' ? jobLabel(view) : `${jobLabel(view)}.${step}`;

/** `CANCELLED by anna`, as sacct prints it. */
export const accountState = ({ view, step }: AccountRow): string =>
  view.state === 'CANCELLED' && view.cancelledBy !== '' && step === 'allocation'
    ? `CANCELLED by ${view.cancelledBy}`
    : view.state;

/** `piacct --json`: the job with what is derived from its parts. */
export const accountJson = (view: JobView, nowMs: number, power: PowerOptions): object => ({
  ...view,
  label: jobLabel(view),
  finished: isFinal(view.state),
  elapsedMs: elapsedMsOf(view, nowMs),
  coreMs: view.cores * elapsedMsOf(view, nowMs),
  ...measuredOf(view),
  energy: energyOf(view, power),
});
