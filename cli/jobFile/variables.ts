/** PISUB_RANKS, PISUB_TIME ...: a user's defaults; above the lines of a script, below options. */
import { addTo, type JobDraft } from './draft.ts';
import { JOB_KEYS, type JobKey, type KeyContext } from './keys.ts';

export const variableOf = ({ name }: JobKey): string =>
  `PISUB_${name.replaceAll('-', '_').toUpperCase()}`;

/** A variable holds what its option would refuse. */
export class BadVariableError extends Error {
  constructor(variable: string, problem: string) {
    super(`${variable}: ${problem}; correct it or unset ${variable}`);
    this.name = 'BadVariableError';
  }
}

/** Errors: BadVariableError. */
export function readVariables(context: KeyContext): JobDraft {
  let draft: JobDraft = {};
  for (const key of JOB_KEYS.filter(({ takes }) => takes !== 'values')) {
    const variable = variableOf(key);
    const text = context.environment[variable];
    if (text === undefined || text === '') continue;
    const read = key.read(text, context);
    if (!read.ok) throw new BadVariableError(variable, read.message);
    draft = addTo(draft, read.value);
  }
  return draft;
}
