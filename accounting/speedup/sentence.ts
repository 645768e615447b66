/**
 * Findings and exclusions as sentences, and what to measure next. The codes are the contract
 * (finding.ts); the words may improve.
 */
import type { Finding } from './finding.ts';
import type { SpeedupAnalysis } from './analyse.ts';

export function sentenceOf(finding: Finding): string {
  switch (finding.code) {
    case 'NO_RUNS':
      return 'no usable run';
    case 'THROTTLED':
      return `${finding.runs} throttled ${plural(finding.runs, 'run')} left out`;
    case 'TOO_FEW_POINTS':
      return `${finding.points} rank ${plural(finding.points, 'count')}, 3 needed for a serial fraction and 4 for a ceiling`;
    case 'FEW_POINTS':
      return '3 rank counts: the serial fraction is a point value, no ceiling and no recommendation';
    case 'NO_BASE':
      return `no 1-rank run (least ${finding.leastRanks})`;
    case 'NARROW_RANGE':
      return `the largest is only ${finding.ratio.toFixed(1)} times the smallest rank count (4 needed)`;
    case 'SUPERLINEAR':
      return `${finding.toRanks} ranks use ${percent(1 - 1 / finding.ratio)} less core time than ${finding.fromRanks}: superlinear`;
    case 'LACK_OF_FIT':
      return `residuals ${percent(finding.residual)} (>10%)`;
    case 'WEAK_FIT':
      return `residuals ${percent(finding.residual)} (5-10%): take the numbers with caution`;
    case 'NOT_FINITE':
      return 'no finite fit';
    case 'IN_NODE_DIFFERS':
      return `in-node scaling differs: ${finding.ranks.join(', ')} ranks are shown and not fitted`;
    default:
      return `${MIXED[finding.code]}: ${some(finding.values)}`;
  }
}

const MIXED = {
  MIXED_APP: 'several programs in one group',
  MIXED_VERSION: 'several versions in one group',
  MIXED_SIZE: 'several problem sizes in one group',
  MIXED_PLACEMENT: 'several placements in one group',
  MIXED_MODEL: 'several board mixes in one group and no weights',
  MIXED_THREADS: 'several thread counts in one group',
} as const;

/** What would turn the refusal into an answer. */
export function remediesOf(analysis: SpeedupAnalysis): readonly string[] {
  const remedies = new Set<string>();
  const missing = nextRanks(analysis);
  for (const finding of analysis.findings) {
    switch (finding.code) {
      case 'NO_RUNS':
      case 'TOO_FEW_POINTS':
      case 'FEW_POINTS':
      case 'NARROW_RANGE':
        remedies.add(`measure p=${missing.join(',')}`);
        break;
      case 'NO_BASE':
        if (!missing.includes(1)) remedies.add('measure p=1');
        break;
      case 'THROTTLED':
        remedies.add('cool or power the throttled nodes and rerun those');
        break;
      case 'SUPERLINEAR':
        remedies.add(`take ${finding.toRanks} ranks, the first that fits the cache, as the base`);
        break;
      case 'LACK_OF_FIT':
      case 'WEAK_FIT':
        remedies.add('repeat every rank count 3 times, interleaved');
        break;
      case 'NOT_FINITE':
        remedies.add('check the times');
        break;
      case 'IN_NODE_DIFFERS':
        break;
      default:
        remedies.add(APART[finding.code]);
    }
  }
  return [...remedies];
}

const APART = {
  MIXED_APP: 'ask for one of them (--name)',
  MIXED_VERSION: 'keep to the runs of one version',
  MIXED_SIZE: 'ask for one of them (--size)',
  MIXED_PLACEMENT: 'keep to as many ranks on every node',
  MIXED_MODEL: 'keep to one model of board',
  MIXED_THREADS: 'keep to as many cores for every rank',
} as const;

/** Rank counts that a usable sweep lacks: 1 and doublings, five points in all. */
export function nextRanks(analysis: SpeedupAnalysis): readonly number[] {
  const have = new Set(analysis.rows.map(({ ranks }) => ranks));
  const missing: number[] = [];
  for (let ranks = 1; missing.length + have.size < 5; ranks *= 2) {
    if (!have.has(ranks)) missing.push(ranks);
  }
  return missing.length > 0 ? missing : [1];
}

function plural(count: number, word: string): string {
  return count === 1 ? word : `${word}s`;
}

function percent(share: number): string {
  const value = 100 * share;
  return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)}%`;
}

function some(values: readonly string[]): string {
  const shown = values.slice(0, 4).join(', ');
  return values.length > 4 ? `${shown} and ${values.length - 4} more` : shown;
}
