/** `--explain`: every candidate with its numbers, what was left out and why, and the method's name. */
import type {
  CandidateReport,
  FittedParameter,
  SpeedupAnalysis,
} from '../../accounting/speedup/analyse.ts';
import { significant } from '../../accounting/speedup/verdict.ts';
import { type Column, formatTable } from '../format/table.ts';

export function explanation(analysis: SpeedupAnalysis): string {
  const { candidates, excluded, algorithm } = analysis;
  const table =
    candidates.length === 0
      ? 'no candidate could be fitted\n'
      : formatTable(COLUMNS, candidates, { cells: undefined, header: true, rule: false });
  const left = excluded.map(({ run, reason }) => `left out: ${run.id}: ${reason}\n`);
  return (
    `\nmethod   ${algorithm}: T = T1 (1/P + f (1 - 1/P) + lambda log2 p + kappa (p - 1)), fitted to ln T;\n` +
    '         predictions are the mean of the candidates by weight (docs/speedup.md)\n' +
    `${table}${left.join('')}`
  );
}

/** Below what a double resolves beside 1. */
const NOTHING = 1e-12;
const number = (value: number): string => (value < NOTHING ? '0' : significant(value));

const parameter = ({ value, interval }: FittedParameter): string =>
  interval ? `${number(value)} [${number(interval.low)}-${number(interval.high)}]` : number(value);

const column = (
  title: string,
  text: (candidate: CandidateReport) => string,
): Column<CandidateReport> => ({ title, text, align: title === 'MODEL' ? 'left' : 'right' });

const COLUMNS: readonly Column<CandidateReport>[] = [
  column('MODEL', ({ model }) => model),
  column('WEIGHT', ({ weight }) => `${(100 * weight).toFixed(0)}%`),
  column('T1', ({ t1S }) => `${significant(t1S)}s`),
  column('F', ({ f }) => parameter(f)),
  column('LAMBDA', ({ lambda }) => parameter(lambda)),
  column('KAPPA', ({ kappa }) => parameter(kappa)),
  column('RESIDUAL', ({ residual }) => `${significant(100 * residual)}%`),
  column('CRITERION', ({ criterion }) => criterion.toFixed(2)),
];
