/** seff's report of one job, with what would help in words. */
import {
  type AttemptEfficiency,
  type EfficiencyReason,
  type Measured,
} from '../../accounting/efficiency.ts';
import type { PopEfficiency } from '../../accounting/speedup/popEfficiency.ts';
import type { Energy } from '../../accounting/usage.ts';
import { formatBytes } from '../format/bytes.ts';
import { printable } from '../format/displayWidth.ts';
import { formatBrief } from '../format/duration.ts';
import { nodeList } from '../format/hostlist.ts';
import { exitText, jobLabel, type JobView } from '../jobView.ts';
import { type Checkpoints, checkpointsText, intervalText } from './checkpoints.ts';
import { collectiveKinds, popOf } from './usage.ts';

export const percent = (share: number): string =>
  `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)}%`;

const count = (many: number, word: string): string => `${many} ${word}${many === 1 ? '' : 's'}`;
const timeText = (durationMs: number): string =>
  durationMs === 0 ? '0s' : formatBrief(durationMs);

export function efficiencyReport(
  view: JobView,
  found: {
    readonly efficiency: AttemptEfficiency;
    readonly energy: Energy | undefined;
    readonly checkpoints: Checkpoints | undefined;
  },
): string {
  const { efficiency, energy, checkpoints } = found;
  const { cpu, memory, wall, blocked, imbalance, throttled } = efficiency;
  const { elapsedMs, waitMs, coreMs } = efficiency;
  const lines: readonly (readonly [string, string | undefined])[] = [
    ['Job', `${jobLabel(view)} ${view.name}, of ${view.user}`],
    ['State', `${view.state} (exit ${exitText(view)})`],
    [
      'Ranks',
      `${view.ranks}, on ${count(view.cores, 'core')} of ${count(view.nodes.length, 'node')}: ${nodeList(view.nodes)}`,
    ],
    ['Waited', waitMs === undefined ? undefined : timeText(waitMs)],
    ['Wall-clock time', elapsedMs === undefined ? undefined : wallText(elapsedMs, wall)],
    ['Core time', timeText(coreMs)],
    [
      'CPU efficiency',
      shareText(cpu, (used, given) => `${timeText(used)} of ${timeText(given)} core time`),
    ],
    ['Memory efficiency', memoryText(view, memory)],
    [
      'In collectives',
      shareText(
        blocked,
        (used, given) => `${timeText(used)} of ${timeText(given)} rank time blocked`,
      ),
    ],
    ['By kind', kindsText(view)],
    ['Parallel', popText(popOf(view))],
    ['Checkpoints', checkpoints && checkpointsText(checkpoints)],
    ['Interval', checkpoints && intervalText(checkpoints)],
    [
      'Imbalance',
      imbalance === undefined
        ? undefined
        : `the busiest rank had ${percent(imbalance)} more than the mean`,
    ],
    [
      'Throttled',
      shareText(throttled, (used, given) => `${timeText(used)} of ${timeText(given)} node time`),
    ],
  ];
  const known = lines.filter(([name, value]) => value !== undefined || !OF_KERNELS.has(name));
  const shown = [...known, ['Energy', energyText(energy)] as const].map(
    ([name, value]) => `${name.padEnd(18)} ${printable(value ?? 'no data')}\n`,
  );
  const advice = efficiency.reasons.map((reason) => `- ${printable(adviceOf(reason))}\n`);
  return shown.join('') + (advice.length > 0 ? `\n${advice.join('')}` : '');
}

/** As POP names them; serialisation is ranks that wait for each other by turns. */
function popText(pop: PopEfficiency | undefined): string | undefined {
  if (!pop) return undefined;
  const { parallel, loadBalance, serialisation, transfer } = pop;
  const rest =
    serialisation === undefined
      ? `communication ${percent(transfer)}`
      : `serialisation ${percent(serialisation)} x transfer ${percent(transfer)}`;
  return `${percent(parallel)} = load balance ${percent(loadBalance)} x ${rest}`;
}

/** Most time first, per rank: what the kernel waited in. */
function kindsText(view: JobView): string | undefined {
  const kinds = collectiveKinds(view).slice(0, KINDS_SHOWN);
  if (kinds.length === 0) return undefined;
  const each = kinds.map(({ kind, calls, seconds }) => {
    const times = Math.round(calls / view.ranks);
    return `${kind} ${times}x ${secondsText(seconds / view.ranks)}`;
  });
  return `${each.join(', ')} (per rank)`;
}

/** Nobody expects them of a command. */
const OF_KERNELS: ReadonlySet<string> = new Set(['By kind', 'Parallel', 'Checkpoints', 'Interval']);
const KINDS_SHOWN = 5;
const secondsText = (seconds: number): string =>
  seconds < 10 ? `${seconds.toFixed(3)}s` : timeText(seconds * 1_000);

const energyText = (energy: Energy | undefined): string =>
  energy
    ? `${energy.joules.toFixed(0)} J, ${(energy.joules / 3600).toPrecision(2)} Wh (${energy.how})`
    : 'no data: calibrate the boards (pictl calibrate-power)';

/** A job that asked for no memory still had a peak. */
function memoryText(view: JobView, memory: Measured | undefined): string | undefined {
  if (memory) {
    return shareText(memory, (used, given) => {
      return `${formatBytes(used)} at the peak of ${formatBytes(given)}`;
    });
  }
  const peaks = view.parts.map(({ peakMemoryBytes }) => peakMemoryBytes ?? 0);
  const most = Math.max(0, ...peaks);
  return most === 0
    ? undefined
    : `no data: none was asked for; ${formatBytes(most)} at the peak of one node`;
}

const wallText = (elapsedMs: number, wall: Measured | undefined): string =>
  wall
    ? `${timeText(elapsedMs)}, ${percent(wall.efficiency)} of the limit ${timeText(wall.given)}`
    : timeText(elapsedMs);

function shareText(
  measured: Measured | undefined,
  amounts: (used: number, given: number) => string,
): string | undefined {
  if (!measured) return undefined;
  const { efficiency, used, given, partsMeasured, parts } = measured;
  const some = partsMeasured < parts ? `, on ${partsMeasured} of ${parts} nodes` : '';
  return `${percent(efficiency)} (${amounts(used, given)}${some})`;
}

function adviceOf(reason: EfficiencyReason): string {
  switch (reason.code) {
    case 'NO_CPU_DATA':
      return 'CPU time was not measured';
    case 'NO_MEMORY_DATA':
      return 'memory was not measured, or the job asked for none (--memory-per-rank)';
    case 'IDLE_CORES':
      return `${reason.usedCores.toFixed(1)} of ${reason.givenCores} cores were busy: ask for fewer cores, or see where the ranks wait`;
    case 'BLOCKED':
      return `ranks spent ${percent(reason.share)} of their time waiting for each other`;
    case 'IMBALANCE':
      return `work is uneven: the busiest rank had ${percent(reason.share)} more than the mean`;
    case 'THROTTLED':
      return `${reason.nodes.join(', ')} ran throttled (heat or power supply): times are not comparable`;
    case 'MEMORY_UNUSED':
      return `only ${formatBytes(reason.peakBytes)} of ${formatBytes(reason.givenBytes)} memory was used: asking for less starts sooner`;
    case 'MEMORY_TIGHT':
      return `${formatBytes(reason.peakBytes)} of ${formatBytes(reason.givenBytes)} memory was used: ask for a little more`;
    case 'LIMIT_UNUSED':
      return `it took ${formatBrief(reason.elapsedMs)} of a limit of ${formatBrief(reason.limitMs)}: a shorter --time starts sooner`;
    case 'LIMIT_TIGHT':
      return `it took ${formatBrief(reason.elapsedMs)} of a limit of ${formatBrief(reason.limitMs)}: give it more --time`;
  }
}
