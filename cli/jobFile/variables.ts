/**
 * PISUB_RANKS, PISUB_TIME ...: a user's defaults; above the lines of a script, below options. Those
 * of sbatch (SBATCH_PARTITION ...) are read below them.
 */
import { addTo, type JobDraft } from './draft.ts';
import type { Parsed } from '../format/parsed.ts';
import { JOB_KEYS, jobKey, type JobKey, type KeyContext } from './keys.ts';
import { SBATCH_OPTIONS } from './sbatchOptions.ts';

export const variableOf = ({ name }: JobKey): string =>
  `PISUB_${name.replaceAll('-', '_').toUpperCase()}`;

/** A variable holds what its option would refuse. */
export class BadVariableError extends Error {
  constructor(variable: string, problem: string) {
    super(`${variable}: ${problem}; correct it or unset ${variable}`);
    this.name = 'BadVariableError';
  }
}

/** Sbatch's own variables, and the option that each stands for. */
export const SBATCH_VARIABLES: Readonly<Record<string, string>> = {
  SBATCH_ACCOUNT: 'account',
  SBATCH_ARRAY_INX: 'array',
  SBATCH_CONSTRAINT: 'constraint',
  SBATCH_DISTRIBUTION: 'distribution',
  SBATCH_EXCLUSIVE: 'exclusive',
  SBATCH_EXPORT: 'export',
  SBATCH_GRES: 'gres',
  SBATCH_JOB_NAME: 'job-name',
  SBATCH_MEM_PER_CPU: 'mem-per-cpu',
  SBATCH_MEM_PER_NODE: 'mem',
  SBATCH_NO_REQUEUE: 'no-requeue',
  SBATCH_PARTITION: 'partition',
  SBATCH_QOS: 'qos',
  SBATCH_REQUEUE: 'requeue',
  SBATCH_RESERVATION: 'reservation',
  SBATCH_TIMELIMIT: 'time',
};

type Read = (text: string, context: KeyContext) => Parsed<JobDraft>;

/** Errors: BadVariableError. */
export function readVariables(context: KeyContext): JobDraft {
  const own = JOB_KEYS.filter(({ takes }) => takes !== 'values').map(
    (key) => [variableOf(key), key.read] as const,
  );
  const sbatch = Object.entries(SBATCH_VARIABLES).flatMap(([variable, option]) => {
    const read = readerOf(option);
    return read ? [[variable, read] as const] : [];
  });
  return readAll([...sbatch, ...own], context);
}

function readAll(readers: readonly (readonly [string, Read])[], context: KeyContext): JobDraft {
  let draft: JobDraft = {};
  for (const [variable, read] of readers) {
    const text = context.environment[variable];
    if (text === undefined || text === '') continue;
    const found = read(text, context);
    if (!found.ok) throw new BadVariableError(variable, found.message);
    draft = addTo(draft, found.value);
  }
  return draft;
}

function readerOf(option: string): Read | undefined {
  const meaning = SBATCH_OPTIONS.find(({ name }) => name === option)?.meaning;
  if (meaning?.kind === 'own') return meaning.read;
  return meaning?.kind === 'key' ? jobKey(meaning.key)?.read : undefined;
}
