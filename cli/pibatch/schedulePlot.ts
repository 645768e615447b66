/**
 * Schedules of one workload under several policies as one SVG, above each other on one time axis: who
 * had the machine (each job for few, the heaviest users for many), and how many jobs waited.
 */
import type { TraceJob } from '../../scheduler/sim/swf.ts';
import type { Bar, Span, Timeline } from '../../scheduler/sim/timeline.ts';
import {
  coordinate,
  element,
  linearScale,
  pathOf,
  picture,
  type Scale,
  textAt,
} from '../format/svg.ts';
import { waitText } from './simulationTable.ts';

export type PlottedSchedule = {
  readonly title: string;
  readonly summary: string;
  readonly processors: number;
  readonly timeline: Timeline;
  /** One for each job and run of processors; empty when there are too many to be told apart. */
  readonly bars: readonly Bar[];
};

export type SchedulePlot = {
  readonly span: Span;
  /** Names of the groups of the timelines, the others last. */
  readonly groups: readonly string[];
  readonly groupOf: (job: TraceJob) => number;
  readonly schedules: readonly PlottedSchedule[];
};

const WIDTH = 960;
const LEFT = 64;
const RIGHT = WIDTH - 16;
const HEAD = 64;
const MACHINE = { top: 30, height: 150 };
const QUEUE = { top: 196, height: 64 };
const PANEL = 300;
const TICKS = 8;

export function schedulePlot(plot: SchedulePlot): string {
  const { span, schedules } = plot;
  const x = linearScale({ from: span.fromS, to: span.toS }, { from: LEFT, to: RIGHT });
  const longest = Math.max(1, ...schedules.flatMap(({ timeline }) => timeline.waiting));
  const panels = schedules.map((schedule, at) => {
    const content = [
      textAt({ x: LEFT, y: 18, anchor: 'start', className: 'name' }, schedule.title),
      textAt({ x: RIGHT, y: 18, anchor: 'end', className: 'soft' }, schedule.summary),
      machine(plot, schedule, x),
      queue(schedule.timeline, x, longest),
      timeAxis(span, x),
    ];
    return element('g', { transform: `translate(0 ${HEAD + at * PANEL})` }, content.join(''));
  });
  const height = HEAD + schedules.length * PANEL;
  const paper = element('rect', { class: 'paper', x: 0, y: 0, width: WIDTH, height });
  const names = schedules.map(({ title }) => title).join(', ');
  const words = {
    id: 'schedule',
    title: `Schedules: ${names}`,
    description: schedules.map(({ title, summary }) => `${title}: ${summary}`).join('; '),
  };
  const style = element('style', {}, STYLE);
  return picture({ width: WIDTH, height }, words, [style, paper, legend(plot), ...panels].join(''));
}

function legend({ groups, schedules }: SchedulePlot): string {
  const shown = schedules.some(({ bars }) => bars.length > 0)
    ? 'a box each job'
    : 'stacked by user';
  const head = `Processors in use (${shown}) and jobs waiting`;
  const parts = [textAt({ x: LEFT, y: 24, anchor: 'start' }, head)];
  let left = LEFT;
  for (const [at, name] of groups.entries()) {
    const shortened = name.length > 16 ? `${name.slice(0, 15)}…` : name;
    const box = { class: colour(at, groups.length), x: left, y: 36, width: 12, height: 12 };
    parts.push(element('rect', box));
    parts.push(textAt({ x: left + 17, y: 47, anchor: 'start', className: 'soft' }, shortened));
    left += 36 + shortened.length * 7.5;
  }
  return parts.join('');
}

const colour = (group: number, groups: number): string =>
  group === groups - 1 ? 'others' : `user${group}`;

function machine(plot: SchedulePlot, schedule: PlottedSchedule, x: Scale): string {
  const { top, height } = MACHINE;
  const { timeline, bars, processors } = schedule;
  const y = linearScale({ from: 0, to: processors }, { from: top + height, to: top });
  const body = bars.length > 0 ? gantt(plot, bars, { x, y }) : shares(timeline, { x, y });
  const marks = [0, 0.5, 1].map((share) => {
    const at = y(share * processors);
    const place = { x: LEFT - 8, y: at + 4, anchor: 'end', className: 'soft' } as const;
    const line = { class: 'grid', x1: LEFT, x2: RIGHT, y1: at, y2: at };
    return element('line', line) + textAt(place, `${Math.round(100 * share)}%`);
  });
  return marks.join('') + body;
}

const plural = (processors: number): string =>
  processors === 1 ? '1 processor' : `${processors} processors`;

type Axes = { readonly x: Scale; readonly y: Scale };

function gantt({ groups, groupOf }: SchedulePlot, bars: readonly Bar[], { x, y }: Axes): string {
  return bars
    .map(({ job, startS, firstProcessor, processors }) => {
      const left = x(startS);
      const top = y(firstProcessor + processors);
      const width = Math.max(0.5, x(startS + job.runS) - left);
      const height = y(firstProcessor) - top;
      const className = `job ${colour(groupOf(job), groups.length)}`;
      const waited = waitText(startS - job.submitS);
      const words = `job ${job.number}: ${plural(job.processors)} for ${waitText(job.runS)}, waited ${waited}`;
      const box = { class: className, x: left, y: top, width, height };
      return element('rect', box, element('title', {}, words));
    })
    .join('');
}

/** Stacked, the heaviest user at the bottom; every bin is a step. */
function shares({ span, busy, waiting }: Timeline, { x, y }: Axes): string {
  const bins = waiting.length;
  const edge = (bin: number): number => x(span.fromS + ((span.toS - span.fromS) * bin) / bins);
  let below = Array.from({ length: bins }, () => 0);
  return busy
    .map((group, at) => {
      const above = below.map((level, bin) => level + (group[bin] ?? 0));
      const d = `${stepsOf(above, edge, y)}${stepsOf(below, edge, y, 'back')}Z`;
      below = above;
      return element('path', { class: colour(at, busy.length), d });
    })
    .join('');
}

function stepsOf(
  levels: readonly number[],
  edge: (bin: number) => number,
  y: Scale,
  direction: 'forth' | 'back' = 'forth',
): string {
  const points = levels.flatMap((level, bin) => {
    const starts = bin === 0 || levels[bin - 1] !== level;
    const ends = bin === levels.length - 1 || levels[bin + 1] !== level;
    const from = [edge(bin), y(level)] as const;
    return [...(starts ? [from] : []), ...(ends ? [[edge(bin + 1), y(level)] as const] : [])];
  });
  if (direction === 'forth') return pathOf(points);
  return points
    .toReversed()
    .map(([left, top]) => `L${coordinate(left)} ${coordinate(top)}`)
    .join('');
}

function queue({ span, waiting }: Timeline, x: Scale, longest: number): string {
  const { top, height } = QUEUE;
  const y = linearScale({ from: 0, to: longest }, { from: top + height, to: top });
  const bins = waiting.length;
  const edge = (bin: number): number => x(span.fromS + ((span.toS - span.fromS) * bin) / bins);
  const floor = `L${coordinate(RIGHT)} ${coordinate(y(0))}L${coordinate(LEFT)} ${coordinate(y(0))}Z`;
  const most = longest < 10 ? longest.toFixed(1) : String(Math.round(longest));
  const label = { x: LEFT - 8, anchor: 'end', className: 'soft' } as const;
  return [
    element('line', { class: 'grid', x1: LEFT, x2: RIGHT, y1: y(longest), y2: y(longest) }),
    element('path', { class: 'waiting', d: stepsOf(waiting, edge, y) + floor }),
    element('line', { class: 'axis', x1: LEFT, x2: RIGHT, y1: y(0), y2: y(0) }),
    textAt({ ...label, y: y(longest) + 4 }, most),
    textAt({ ...label, y: y(0) + 4 }, '0'),
  ].join('');
}

function timeAxis({ fromS, toS }: Span, x: Scale): string {
  const step = roundStep((toS - fromS) / TICKS);
  const bottom = QUEUE.top + QUEUE.height;
  const marks: string[] = [];
  for (let atS = 0; atS <= toS - fromS; atS += step) {
    const at = x(fromS + atS);
    marks.push(element('line', { class: 'axis', x1: at, x2: at, y1: bottom, y2: bottom + 4 }));
    const place = { x: at, y: bottom + 19, anchor: 'middle', className: 'soft' } as const;
    marks.push(textAt(place, atS === 0 ? '0' : timeLabel(atS, step)));
  }
  return marks.join('');
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;

/** In the largest unit that the step is a whole number of. */
function timeLabel(atS: number, step: number): string {
  const [name, unit] = UNITS.find(([, seconds]) => step % seconds === 0) ?? ['s', 1];
  return `${Math.round(atS / unit)} ${name}`;
}

const STEPS_S = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 43_200];

/** A round step of time that is not less. */
function roundStep(leastS: number): number {
  const short = STEPS_S.find((step) => step >= leastS);
  if (short !== undefined) return short;
  const days = leastS / 86_400;
  const power = 10 ** Math.floor(Math.log10(Math.max(1, days)));
  const factor = [1, 2, 5, 10].find((one) => one * power >= days) ?? 10;
  return factor * power * 86_400;
}

/** Okabe and Ito's colours, lighter on dark paper. */
const LIGHT = `--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--paper:#fff;--c0:#0072b2;--c1:#e69f00;
--c2:#009e73;--c3:#d55e00;--c4:#cc79a7;--rest:#9aa4af;--queue:#57606a`;
const DARK = `--ink:#e6edf3;--soft:#9da7b3;--line:#3d444d;--paper:#0d1117;--c0:#56b4e9;--c1:#f0c05a;
--c2:#2fd19b;--c3:#ff9e5e;--c4:#e6a3c8;--rest:#6e7681;--queue:#9da7b3`;

const STYLE = `svg{color-scheme:light dark;font-family:system-ui,sans-serif;font-size:13px;${LIGHT}}
@media(prefers-color-scheme:dark){svg{${DARK}}}
text{fill:var(--ink)}.name{font-weight:600;font-size:15px}.soft{fill:var(--soft)}.paper{fill:var(--paper)}
.grid{stroke:var(--line)}.axis{stroke:var(--soft)}.job{stroke:var(--paper);stroke-width:.5}
.waiting{fill:var(--queue);opacity:.6}.others{fill:var(--rest)}
${[0, 1, 2, 3, 4].map((at) => `.user${at}{fill:var(--c${at})}`).join('')}`;
