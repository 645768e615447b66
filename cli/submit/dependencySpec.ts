import type { pibatch } from '../../proto/codec.ts';
import type { DependencyText } from '../format/dependency.ts';

/** What a job waits for, as it travels. */
export const dependencySpec = ({
  match,
  terms,
}: DependencyText): pibatch.Dependency.$Properties => ({
  any: match === 'any',
  terms: terms.map((term) => ({ ...term, task: term.task ?? null })),
});
