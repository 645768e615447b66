/** Dependencies as Slurm writes them: `afterok:12:13,after:20+5`, `afterany:7?afterok:8`, `singleton`. */
import { DEPENDENCY_KINDS } from '../../scheduler/model/dependency.ts';
import { notParsed, type Parsed, parsed } from './parsed.ts';
import { didYouMean } from './nearest.ts';

export type DependencyTermText = {
  readonly kind: (typeof DEPENDENCY_KINDS)[number] | 'singleton';
  /** 0 for a singleton. */
  readonly job: number;
  readonly task: number | undefined;
  /** Of `after:JOB+MINUTES`. */
  readonly delayMs: number;
};

export type DependencyText = {
  readonly match: 'all' | 'any';
  readonly terms: readonly DependencyTermText[];
};

export const DEPENDENCY_LIMITS = { terms: 32, delayMinutes: 525_600 } as const;
const KNOWN = [...DEPENDENCY_KINDS, 'singleton'] as const;

export function parseDependency(text: string): Parsed<DependencyText> {
  const oneIsEnough = text.includes('?');
  if (oneIsEnough && text.includes(',')) {
    return notParsed("both ',' (all) and '?' (any); use one of them", text, text.indexOf('?'));
  }
  const terms: DependencyTermText[] = [];
  let at = 0;
  for (const item of text.split(oneIsEnough ? '?' : ',')) {
    const read = parseItem(item, text, at);
    if (!read.ok) return read;
    terms.push(...read.value);
    at += item.length + 1;
  }
  if (terms.length > DEPENDENCY_LIMITS.terms) {
    return notParsed(
      `${terms.length} jobs, above the limit of ${DEPENDENCY_LIMITS.terms}`,
      text,
      0,
    );
  }
  if (oneIsEnough && terms.some(({ kind, delayMs }) => kind === 'aftercorr' || delayMs > 0)) {
    return notParsed("aftercorr and +MINUTES do not go with '?'", text, 0);
  }
  if (terms.filter(({ kind }) => kind === 'aftercorr').length > 1) {
    return notParsed('more than one aftercorr', text, 0);
  }
  return parsed({ match: oneIsEnough ? 'any' : 'all', terms });
}

function parseItem(item: string, text: string, at: number): Parsed<readonly DependencyTermText[]> {
  const [word = '', ...jobs] = item.trim().split(':');
  const kind = KNOWN.find((known) => known === word.toLowerCase());
  if (!kind) {
    return notParsed(`not one of ${KNOWN.join(', ')}${didYouMean(word, KNOWN)}`, text, at);
  }
  if (kind === 'singleton') {
    if (jobs.length > 0) return notParsed('singleton takes no job', text, at);
    return parsed([{ kind, job: 0, task: undefined, delayMs: 0 }]);
  }
  if (jobs.length === 0) return notParsed(`${kind} needs a job: ${kind}:JOB`, text, at);
  const terms: DependencyTermText[] = [];
  for (const job of jobs) {
    const parts = /^([1-9]\d{0,14})(?:_(\d{1,9}))?(?:\+(\d{1,9}))?$/.exec(job);
    if (!parts) return notParsed(`not a job, such as 12 or 20_4: '${job}'`, text, at);
    const minutes = Number(parts[3] ?? 0);
    if (parts[3] !== undefined && kind !== 'after') {
      return notParsed(`+MINUTES goes with after only, not with ${kind}`, text, at);
    }
    if (minutes > DEPENDENCY_LIMITS.delayMinutes) {
      const most = `above the limit of ${DEPENDENCY_LIMITS.delayMinutes}`;
      return notParsed(`${minutes} minutes, ${most}`, text, at);
    }
    const task = parts[2] === undefined ? undefined : Number(parts[2]);
    if (kind === 'aftercorr' && task !== undefined) {
      return notParsed('aftercorr takes a whole array, not a task', text, at);
    }
    terms.push({ kind, job: Number(parts[1]), task, delayMs: minutes * 60_000 });
  }
  return parsed(terms);
}
