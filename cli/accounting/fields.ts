/** The fields of `piacct --format`, by sacct's names, with sacct's widths. */
import { type ByteUnit, formatBytesIn } from '../format/bytes.ts';
import { formatElapsed, formatTimeLimit, formatTotalCpu } from '../format/duration.ts';
import { nodeList } from '../format/hostlist.ts';
import { formatMoment } from '../format/moment.ts';
import { didYouMean } from '../format/nearest.ts';
import { notParsed, type Parsed, parsed } from '../format/parsed.ts';
import { rankChoiceSentence } from '../format/rankChoice.ts';
import { exitText, type JobView } from '../jobView.ts';
import { type AccountRow, accountState, rowLabel } from './rows.ts';
import { lastParts } from './usage.ts';

export type AccountField = {
  readonly title: string;
  readonly width: number;
  readonly align: 'left' | 'right';
  readonly text: (row: AccountRow) => string;
  /** Of an amount of memory, for `--units`. */
  readonly bytes?: (row: AccountRow) => number | undefined;
};

const moment = (atMs: number | undefined): string =>
  atMs === undefined ? 'Unknown' : formatMoment(atMs);
const kilobytes = (bytes: number | undefined): string =>
  bytes === undefined ? '' : formatBytesIn(Math.round(bytes / 1024) * 1024, 'K');
/** Joules as sacct has them: `820`, `31.50K`, `1.20M`. */
const siText = (value: number): string =>
  value < 1e3
    ? value.toFixed(0)
    : value < 1e6
      ? `${(value / 1e3).toFixed(2)}K`
      : `${(value / 1e6).toFixed(2)}M`;
/** Of the node that was slowed down longest. */
const throttledMs = (view: JobView): number =>
  Math.max(0, ...lastParts(view).map((part) => part.throttledMs ?? 0));
const perRank = (row: AccountRow): number => row.view.cores / Math.max(1, row.view.ranks);

/** From being eligible to the start. */
const planned = ({ eligibleMs, startedMs }: JobView): string =>
  eligibleMs === undefined || startedMs === undefined
    ? ''
    : formatElapsed(Math.max(0, startedMs - eligibleMs));

const field = (
  title: string,
  width: number,
  text: AccountField['text'],
  bytes?: AccountField['bytes'],
): readonly [string, AccountField] => [
  title.toLowerCase(),
  {
    title,
    width: Math.abs(width),
    align: width < 0 ? 'left' : 'right',
    text,
    ...(bytes && { bytes }),
  },
];

/** Amounts of memory in one unit, whatever their size. */
export const inUnit = (chosen: ChosenField, unit: ByteUnit): ChosenField => {
  const { bytes } = chosen;
  if (!bytes) return chosen;
  return {
    ...chosen,
    text: (row) => {
      const amount = bytes(row);
      return amount === undefined ? '' : formatBytesIn(amount, unit);
    },
  };
};

/** Negative widths are left-aligned, as in sacct's own table. */
const FIELDS = new Map<string, AccountField>([
  field('JobID', -12, rowLabel),
  field('JobIDRaw', -12, ({ view, step }) =>
    step === 'allocation' ? String(view.job) : `${view.job}.${step}`,
  ),
  field('JobName', 10, ({ view, step }) => (step === 'batch' ? 'batch' : view.name)),
  field('Partition', 10, ({ view, step }) => (step === 'allocation' ? view.partition : '')),
  field('Account', 10, ({ view }) => view.account),
  field('User', 9, ({ view, step }) => (step === 'allocation' ? view.user : '')),
  field('AllocCPUS', 10, ({ view }) => String(view.startedMs === undefined ? 0 : view.cores)),
  field('ReqCPUS', 8, ({ view }) => String(view.cores)),
  field('NCPUS', 10, ({ view }) => String(view.cores)),
  field('NTasks', 8, ({ view, step }) => (step === 'allocation' ? '' : String(view.ranks))),
  field('State', 10, accountState),
  field('ExitCode', 8, ({ view }) => exitText(view)),
  field('DerivedExitCode', 15, ({ view }) => exitText(view)),
  field('Reason', 22, ({ view }) => view.reason || 'None'),
  field('Elapsed', 10, ({ elapsedMs }) => formatElapsed(elapsedMs)),
  field('ElapsedRaw', 10, ({ elapsedMs }) => String(Math.floor(elapsedMs / 1000))),
  field('Suspended', 10, ({ suspendedMs }) => formatElapsed(suspendedMs)),
  field('Timelimit', 10, ({ view, step }) =>
    step === 'allocation'
      ? formatTimeLimit(view.timeLimitMs === 0 ? undefined : view.timeLimitMs)
      : '',
  ),
  field('TimelimitRaw', 12, ({ view, step }) =>
    step === 'allocation' ? String(Math.round(view.timeLimitMs / 60_000)) : '',
  ),
  field('Submit', 19, ({ view }) => moment(view.submittedMs)),
  field('Eligible', 19, ({ view }) => moment(view.eligibleMs)),
  field('Start', 19, ({ view }) => moment(view.startedMs)),
  field('End', 19, ({ view }) => moment(view.endedMs)),
  field('NNodes', 8, ({ view }) => String(view.nodes.length)),
  field('AllocNodes', 10, ({ view }) => String(view.nodes.length)),
  field('NodeList', 15, ({ view }) => nodeList(view.nodes) || 'None assigned'),
  field('TotalCPU', 10, ({ cpuMs }) => (cpuMs === undefined ? '' : formatTotalCpu(cpuMs))),
  field('AveCPU', 10, ({ cpuMs, step, view }) =>
    cpuMs === undefined || step === 'allocation'
      ? ''
      : formatElapsed(cpuMs / Math.max(1, view.ranks)),
  ),
  field('CPUTime', 10, ({ view, elapsedMs }) => formatElapsed(view.cores * elapsedMs)),
  field('CPUTimeRAW', 10, ({ view, elapsedMs }) =>
    String(view.cores * Math.floor(elapsedMs / 1000)),
  ),
  field(
    'MaxRSS',
    10,
    ({ maxRssBytes }) => kilobytes(maxRssBytes),
    ({ maxRssBytes }) => maxRssBytes,
  ),
  field(
    'AveRSS',
    10,
    ({ aveRssBytes }) => kilobytes(aveRssBytes),
    ({ aveRssBytes }) => aveRssBytes,
  ),
  field(
    'ReqMem',
    10,
    ({ view }) => (view.memoryBytes === 0 ? '0' : formatBytesIn(view.memoryBytes, 'M')),
    ({ view }) => view.memoryBytes,
  ),
  field('ConsumedEnergy', 14, ({ energy }) => (energy ? siText(energy.joules) : '')),
  field('ConsumedEnergyRaw', 17, ({ energy }) => (energy ? energy.joules.toFixed(0) : '')),
  field('EnergySource', 12, ({ energy }) => energy?.how ?? ''),
  field('Comment', 14, ({ view }) => view.comment),
  field('Restarts', 8, ({ view }) => String(view.restarts)),
  field('QOS', 10, ({ view }) => view.qos || 'normal'),
  field('Constraints', 12, ({ view }) => view.constraint),
  field('Reservation', 12, ({ view }) => view.reservation),
  field('Licenses', 12, ({ view }) => view.licenses),
  field('Layout', 9, ({ view }) => view.distribution),
  field('Deadline', 19, ({ view }) =>
    view.deadlineMs === undefined ? '' : moment(view.deadlineMs),
  ),
  field('Planned', 10, ({ view }) => planned(view)),
  field('Reserved', 10, ({ view }) => planned(view)),
  field('Priority', 10, () => '1'),
  field('SubmitLine', 20, ({ view }) => view.program),
  field('Program', 20, ({ view }) => view.program),
  field('Ranks', 6, ({ view }) => String(view.ranks)),
  field('RanksChosen', 30, ({ view }) => (view.choice ? rankChoiceSentence(view.choice) : '')),
  field('CoresPerRank', 12, (row) => String(perRank(row))),
  field('Size', 10, ({ view }) => (view.size === undefined ? '' : String(view.size))),
  field('Group', 20, ({ view }) => view.group),
  field('Schedule', 12, ({ view }) => view.schedule),
  field('Attempt', 7, ({ view }) => String(view.attempt)),
  field('Message', 30, ({ view }) => view.message),
  field('Throttled', 9, ({ view }) =>
    lastParts(view).some(({ throttled }) => throttled) ? 'yes' : 'no',
  ),
  field('ThrottledTime', 13, ({ view }) => formatElapsed(throttledMs(view))),
]);

export const DEFAULT_FORMAT = 'JobID,JobName,Partition,Account,AllocCPUS,State,ExitCode';
export const BRIEF_FORMAT = 'JobID,State,ExitCode';

export const ACCOUNT_FIELD_TITLES: readonly string[] = [...FIELDS.values()].map(
  ({ title }) => title,
);

/** `JobID,Name%20,State%-12`. The width of a field without `%` is sacct's; `given` says which is meant. */
export type ChosenField = AccountField & { readonly given: boolean };

export function parseAccountFormat(text: string): Parsed<readonly ChosenField[]> {
  const chosen: ChosenField[] = [];
  let at = 0;
  for (const word of text.split(',')) {
    const found = /^\s*([A-Za-z]+)(?:%(-?)(\d{1,3}))?\s*$/.exec(word);
    const known = FIELDS.get((found?.[1] ?? '').toLowerCase());
    if (word.trim() !== '' && !known) {
      const guess = didYouMean(found?.[1] ?? word, ACCOUNT_FIELD_TITLES);
      return { ok: false, message: `unknown field '${word.trim()}'${guess}`, at };
    }
    at += word.length + 1;
    if (!known || !found) continue;
    const width = found[3];
    if (width === undefined) chosen.push({ ...known, given: false });
    else {
      chosen.push({
        ...known,
        width: Number(width),
        align: found[2] === '-' ? 'left' : 'right',
        given: true,
      });
    }
  }
  return chosen.length === 0 ? notParsed('no field is named', text, 0) : parsed(chosen);
}
