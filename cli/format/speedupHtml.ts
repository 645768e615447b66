/**
 * The speedup report as one self-contained HTML file: no scripts, no network, light and dark by the
 * reader's preference, from 400 to 1280 pixels and beyond; the data as JSON at its end.
 */
import type { ReportRow, SpeedupAnalysis } from '../../accounting/speedup/analyse.ts';
import { speedupJson } from '../../accounting/speedup/json.ts';
import { remediesOf, sentenceOf } from '../../accounting/speedup/sentence.ts';
import { verdictLines, whyLine } from '../../accounting/speedup/verdict.ts';
import { curveLegend, curvePlot } from './curvePlot.ts';
import { isSplit, lossPlot, rankStrip, shownParts } from './lossPlot.ts';
import { PLOT_STYLE } from './plotStyle.ts';
import { secondsText, serialText } from './speedupTable.ts';
import { escapeXml } from './svg.ts';

const PAGE_STYLE = `*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:1180px;margin:0 auto;padding:20px 16px 48px}
h1{font-size:1.5rem;margin:0;overflow-wrap:anywhere}h2{font-size:1.05rem;margin:0 0 8px}
.sub{color:var(--soft);margin:4px 0 20px;overflow-wrap:anywhere}
.badge{display:inline-block;border:1px solid currentColor;border-radius:99px;padding:0 10px;font-size:.85rem;
vertical-align:middle;margin-left:8px}
.ok{color:var(--knee)}.caution{color:var(--imbalance)}.refused{color:var(--model)}
.grid2{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));gap:16px}
section{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:14px;min-width:0;margin:0 0 16px}
.grid2>section{margin:0}.grid2{margin-bottom:16px}
svg{display:block;width:100%;height:auto}
ul{margin:0;padding-left:1.2em}li{overflow-wrap:anywhere}
.legend{display:flex;flex-wrap:wrap;gap:4px 16px;list-style:none;padding:0;margin:8px 0 0;font-size:.85rem;color:var(--soft)}
.legend i{display:inline-block;width:14px;height:10px;border-radius:2px;margin-right:6px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:.9rem}
th,td{text-align:right;padding:4px 10px;border-bottom:1px solid var(--line);white-space:nowrap}
th{color:var(--soft);font-weight:600}
pre{overflow-x:auto;font-size:.8rem;max-height:24rem}`;

export function speedupHtml(analysis: SpeedupAnalysis): string {
  const name = titleOf(analysis);
  const plots = plotSections(analysis);
  const body = [
    `<h1>${escapeXml(name)}<span class="badge ${analysis.verdict}">${analysis.verdict}</span></h1>`,
    `<p class="sub">${escapeXml(subtitleOf(analysis))}</p>`,
    verdictSection(analysis),
    plots === '' ? '' : `<div class="grid2">${plots}</div>`,
    tableSection(analysis),
    dataSection(analysis),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeXml(name)}</title>
<style>${PLOT_STYLE}${PAGE_STYLE}</style></head>
<body><main>
${body.filter((part) => part !== '').join('\n')}
</main></body></html>
`;
}

export function titleOf({ group }: SpeedupAnalysis): string {
  const name = [group.app, group.version].filter((part) => part !== undefined).join(' ');
  return name === '' ? 'Speedup' : `Speedup of ${name}`;
}

export function subtitleOf({
  group,
  usedRuns,
  rows,
  excluded,
  algorithm,
}: SpeedupAnalysis): string {
  const parts = [
    group.scaling === 'weak' ? 'weak scaling' : undefined,
    group.size === undefined ? undefined : `size ${group.size}`,
    group.model,
    group.placement === '1/node' ? '1 rank per node' : group.placement,
    `${usedRuns.length} runs at ${rows.length} rank counts`,
    excluded.length > 0 ? `${excluded.length} excluded` : undefined,
    algorithm,
  ];
  return parts.filter((part) => part !== undefined).join(' · ');
}

function section(title: string, content: string): string {
  return content === '' ? '' : `<section><h2>${escapeXml(title)}</h2>${content}</section>`;
}

function list(items: readonly string[]): string {
  if (items.length === 0) return '';
  return `<ul>${items.map((item) => `<li>${escapeXml(capital(item))}</li>`).join('')}</ul>`;
}

function capital(text: string): string {
  return /^[a-z]/.test(text) ? `${text.slice(0, 1).toUpperCase()}${text.slice(1)}` : text;
}

function verdictSection(analysis: SpeedupAnalysis): string {
  if (analysis.verdict !== 'refused') {
    const remedies = remediesOf(analysis).map((remedy) => `to improve: ${remedy}`);
    const cause =
      whyLine(analysis) || analysis.weak
        ? []
        : ['cause of the loss unknown: no blocked time measured'];
    return section(
      'Verdict',
      list([...verdictLines(analysis, { dash: '–' }), ...cause, ...remedies]),
    );
  }
  const reasons = analysis.findings.map((finding) => `${finding.code}: ${sentenceOf(finding)}`);
  const remedies = remediesOf(analysis).map((remedy) => `to fix: ${remedy}`);
  const best = analysis.bestMeasured ? [`best measured ${analysis.bestMeasured.ranks}`] : [];
  return section('Refused', list([...reasons, ...remedies, ...best]));
}

function plotSections(analysis: SpeedupAnalysis): string {
  const imbalance = isSplit(analysis) ? PART_NAMES.imbalance : UNSPLIT;
  const called = { ...PART_NAMES, imbalance };
  const parts = legend(shownParts(analysis).map((part) => [part, called[part]] as const));
  const ranks = legend([
    ['useful', 'useful'],
    ['transfer', 'blocked or waiting'],
  ]);
  const withLegend = (plot: string, entries: string): string => (plot === '' ? '' : plot + entries);
  return [
    section(
      'Speedup',
      withLegend(curvePlot(analysis, 'speedup'), legend(curveLegend(analysis, 'speedup'))),
    ),
    section(
      'Efficiency',
      withLegend(curvePlot(analysis, 'efficiency'), legend(curveLegend(analysis, 'efficiency'))),
    ),
    section('Where the core-time went', withLegend(lossPlot(analysis), parts)),
    section('Ranks of the least efficient run', withLegend(rankStrip(analysis), ranks)),
  ].join('');
}

const UNSPLIT = 'serial work and imbalance';
const PART_NAMES = {
  useful: 'useful work',
  serial: 'serial work',
  imbalance: 'imbalance',
  transfer: 'communication',
  extra: 'extra work',
  other: 'start and end',
} as const;

function legend(entries: readonly (readonly [colour: string, name: string])[]): string {
  const items = entries.map(
    ([colour, name]) => `<li><i style="background:var(--${colour})"></i>${escapeXml(name)}</li>`,
  );
  return `<ul class="legend">${items.join('')}</ul>`;
}

type HtmlColumn = readonly [title: string, text: (row: ReportRow) => string];

const percent = (share: number | undefined): string =>
  share === undefined ? '–' : `${(100 * share).toFixed(1).replace(/^-0\.0$/, '0.0')}%`;
const places = (value: number | undefined, digits: number): string =>
  value === undefined ? '–' : value.toFixed(digits);

const COLUMNS: readonly HtmlColumn[] = [
  ['ranks', (row) => `${row.ranks}${row.subNode ? ' ‡' : ''}`],
  ['runs', (row) => String(row.runs)],
  ['time', (row) => secondsText(row.seconds)],
  ['±CV', (row) => percent(row.cv)],
  ['speedup', (row) => places(row.speedup, 2)],
  ['efficiency', (row) => percent(row.efficiency)],
  ['model', (row) => places(row.modelSpeedup, 2)],
  ['e(p)', (row) => (row.karpFlatt === undefined ? '–' : serialText(row.karpFlatt))],
  ['rank-hours', (row) => places(row.rankHours, 3)],
  ['Wh', (row) => places(row.wattHours, 2)],
];

const partColumns = (analysis: SpeedupAnalysis): readonly HtmlColumn[] => [
  ...(isSplit(analysis) ? SPLIT_COLUMNS : UNSPLIT_COLUMNS),
  ['communication', (row) => percent(row.decomposition?.transfer)],
  ['extra', (row) => percent(row.decomposition?.extra)],
];

const imbalanceText = (row: ReportRow): string => percent(row.decomposition?.imbalance);
const SPLIT_COLUMNS: readonly HtmlColumn[] = [
  ['serial', (row) => percent(row.decomposition?.serial)],
  ['imbalance', imbalanceText],
];
const UNSPLIT_COLUMNS: readonly HtmlColumn[] = [['serial, imbalance', imbalanceText]];

function tableSection(analysis: SpeedupAnalysis): string {
  const { rows } = analysis;
  if (rows.length === 0) return '';
  const instrumented = rows.some((row) => row.decomposition !== undefined);
  const known = COLUMNS.filter(([, text]) => rows.some((row) => text(row) !== '–'));
  const columns = instrumented ? [...known, ...partColumns(analysis)] : known;
  const head = columns.map(([title]) => `<th scope="col">${escapeXml(title)}</th>`).join('');
  const body = rows.map((row) => {
    const cells = columns.map(([, text]) => `<td>${escapeXml(text(row))}</td>`);
    return `<tr>${cells.join('')}</tr>`;
  });
  const table = `<table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table>`;
  return section('Measurements', `<div class="scroll">${table}</div>`);
}

function dataSection(analysis: SpeedupAnalysis): string {
  const lines = JSON.stringify(speedupJson(analysis), null, 1).split('\n');
  const shown = lines.map(escapeXml).join('\n');
  return `<section><details><summary>Data (JSON)</summary><pre>${shown}</pre></details></section>`;
}
