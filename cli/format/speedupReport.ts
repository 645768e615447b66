/**
 * `piacct speedup` on a terminal (docs/speedup.md 4.2): header, table, verdict, why, plot. Takes the pure
 * result; prints no NaN and no negative serial fraction, because the result holds none.
 */
import type { SpeedupAnalysis } from '../../accounting/speedup/analyse.ts';
import type { ModelName } from '../../accounting/speedup/model.ts';
import { mainCause } from '../../accounting/speedup/decomposition.ts';
import { remediesOf, sentenceOf } from '../../accounting/speedup/sentence.ts';
import { hardwareLines, verdictLines, whyLine } from '../../accounting/speedup/verdict.ts';
import { printable } from './displayWidth.ts';
import { speedupPlot } from './speedupPlot.ts';
import { weakTable } from './weakTable.ts';
import { speedupTable } from './speedupTable.ts';
import { wrapItems } from './wrap.ts';

export type SpeedupReportStyle = {
  /** Cells of the terminal; 120 where there is none. */
  readonly cells?: number | undefined;
  readonly ascii?: boolean | undefined;
  readonly plot?: boolean | undefined;
};

const LABEL = 9;

export function speedupReport(analysis: SpeedupAnalysis, style: SpeedupReportStyle): string {
  const cells = style.cells ?? 120;
  const ascii = style.ascii ?? false;
  const parts = [
    header(analysis, cells),
    analysis.rows.length > 0 ? tableOf(analysis, { cells, ascii }) : '',
    notes(analysis, { cells, ascii }),
    verdict(analysis, cells),
    why(analysis, cells),
    boards(analysis, cells),
    (style.plot ?? true) ? speedupPlot(analysis, { cells, ascii }) : '',
  ];
  const text = parts.filter((part) => part !== '').join('');
  return ascii ? asciiOnly(text) : text;
}

function tableOf(
  analysis: SpeedupAnalysis,
  style: { readonly cells: number; readonly ascii: boolean },
): string {
  return analysis.weak ? weakTable(analysis.weak, style) : speedupTable(analysis, style);
}

function header(analysis: SpeedupAnalysis, cells: number): string {
  const { group, usedRuns, rows, excluded } = analysis;
  const items = [
    `${group.app ?? 'runs'}${group.version === undefined ? '' : ` ${group.version}`}`,
    group.size === undefined ? '' : `size=${group.size}`,
    [group.model, placementText(group.placement)].filter((text) => text !== undefined).join(', '),
    group.threadsPerRank === undefined ? '' : `${count(group.threadsPerRank, 'thread')}/rank`,
    group.scaling === 'weak' ? 'weak scaling' : '',
    `${count(usedRuns.length, 'run')}, ${count(rows.length, 'rank count')}${excludedText(excluded)}`,
  ];
  const shown = items.filter((item) => item !== '').map(printable);
  return wrapItems(shown, { cells, gap: '  ', label: 'SPEEDUP  ' });
}

function placementText(placement: string | undefined): string | undefined {
  return placement === '1/node' ? '1 rank/node' : placement;
}

function excludedText(excluded: SpeedupAnalysis['excluded']): string {
  if (excluded.length === 0) return '';
  const reasons = new Map<string, number>();
  for (const { reason } of excluded) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  const named = [...reasons].map(([reason, many]) =>
    reasons.size > 1 ? `${many} ${reason}` : reason,
  );
  return `, ${excluded.length} excluded (${named.join(', ')})`;
}

function notes(
  analysis: SpeedupAnalysis,
  style: { readonly cells: number; readonly ascii: boolean },
): string {
  const items: string[] = [];
  if (analysis.fit && !analysis.t1Measured) items.push('T1 fitted (no 1-rank run)');
  if (analysis.rows.some((row) => row.subNode)) {
    items.push(`${style.ascii ? '+' : '‡'} smaller than one full node`);
  }
  if (!analysis.weak && analysis.rows.some((row) => row.decomposition)) {
    items.push('serial to extra or ends: what e(p) is made of, in %');
  }
  const outliers = analysis.rows.flatMap((row) => row.outliers);
  if (outliers.length > 0) {
    const more = outliers.length > 5 ? ` and ${outliers.length - 5} more` : '';
    items.push(`! far from its repeats: ${outliers.slice(0, 5).map(printable).join(', ')}${more}`);
  }
  if (items.length === 0) return '';
  return wrapItems(separated(items), { cells: style.cells, gap: ' ', label: 'note'.padEnd(LABEL) });
}

function verdict(analysis: SpeedupAnalysis, cells: number): string {
  if (analysis.verdict === 'refused') return refusal(analysis, cells);
  const wrap = (items: readonly string[], label: string): string =>
    wrapItems(separated(items), { cells, gap: ' ', label: label.padEnd(LABEL) });
  const hardware = hardwareLines(analysis);
  const lines = verdictLines(analysis, { dash: '-' }).filter(
    (line) => !line.startsWith('why:') && !line.startsWith('caution:') && !hardware.includes(line),
  );
  const weights = (analysis.weak?.weights ?? analysis.candidates)
    .map(({ model, weight }) => `${MODEL_NAMES[model]} ${Math.round(100 * weight)}%`)
    .join(', ');
  const items = [...lines.slice(0, 1), `fit: ${weights}`, ...lines.slice(1)];
  const cautions = analysis.findings.map((finding) => `${finding.code}: ${sentenceOf(finding)}`);
  const remedies = remediesOf(analysis);
  if (remedies.length > 0) cautions.push(`to improve: ${remedies.join('; ')}`);
  const caution = cautions.length > 0 ? wrap(cautions, 'caution') : '';
  return wrap(items, 'verdict') + caution;
}

const MODEL_NAMES: Readonly<Record<ModelName, string>> = {
  amdahl: 'Amdahl',
  'amdahl+log': 'log',
  usl: 'USL',
  'weak+log': 'log',
  'weak+linear': 'linear',
};

function refusal(analysis: SpeedupAnalysis, cells: number): string {
  const reasons = analysis.findings.map((finding) => `${finding.code}: ${sentenceOf(finding)}`);
  const wrap = (items: readonly string[], label: string): string =>
    wrapItems(separated(items), { cells, gap: ' ', label: label.padEnd(LABEL) });
  const best = analysis.bestMeasured;
  const measured = best ? wrap([`best measured ${best.ranks}`], '') : '';
  return wrap(reasons, 'refused') + wrap(remediesOf(analysis), 'to fix') + measured;
}

function why(analysis: SpeedupAnalysis, cells: number): string {
  const line = whyLine(analysis);
  if (line === undefined) {
    if (analysis.verdict === 'refused' || analysis.weak) return '';
    const unknown = 'cause unknown: the runs carry no measurement of blocked time';
    return wrapItems([unknown], { cells, gap: ' ', label: 'why'.padEnd(LABEL) });
  }
  const parts = analysis.rows.findLast((row) => row.decomposition)?.decomposition;
  const first = parts ? `first fix: ${FIX[mainCause(parts)]}` : '';
  const phase = parts && mainCause(parts) === 'serial' && parts.serialPhase;
  const items = [line.replace('why: ', ''), phase ? `${first} "${printable(phase)}"` : first];
  return wrapItems(separated(items), { cells, gap: ' ', label: 'why'.padEnd(LABEL) });
}

function boards(analysis: SpeedupAnalysis, cells: number): string {
  const items = hardwareLines(analysis).map(printable);
  if (items.length === 0) return '';
  return wrapItems(separated(items), { cells, gap: ' ', label: 'boards'.padEnd(LABEL) });
}

const FIX = {
  serial: 'serial phase',
  imbalance: 'the split of work between ranks',
  transfer: 'communication: fewer or smaller messages',
  extra: 'work that one rank does not do (redundant work, cache, heat)',
  other: 'start and end of the job: longer runs',
} as const;

function separated(items: readonly string[]): string[] {
  return items.map((item, index) => (index < items.length - 1 ? `${item};` : item));
}

function count(many: number, word: string): string {
  return `${many} ${word}${many === 1 ? '' : 's'}`;
}

function asciiOnly(text: string): string {
  const plain = text.replaceAll('±', '+-').replaceAll('·', '*').replaceAll('–', '-');
  return plain.replaceAll(/[^\n\u0020-\u007e]/gu, '?');
}
