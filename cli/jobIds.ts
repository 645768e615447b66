/** Job ids as users write them: `12`, `20_4`, `20_[1-3,7]`. */
import { badInput } from './failure.ts';
import { parseIndexSet } from './format/ranges.ts';
import { JOB_LIMITS } from './jobFile/limits.ts';

export type JobReference = {
  readonly job: number;
  /** Undefined: the whole job or array. */
  readonly task: number | undefined;
};

/** Several by comma or space. Errors: CommandFailure (bad input). */
export function readJobReferences(texts: readonly string[]): JobReference[] {
  return texts.flatMap((text) =>
    splitOutsideBrackets(text).flatMap((word) => readReference(word, text)),
  );
}

export function readJobReference(text: string): JobReference {
  const [first, ...more] = readJobReferences([text]);
  if (first === undefined || more.length > 0) throw badInput(`'${text}' names more than one job`);
  return first;
}

/** Without repeats, for queries. */
export const jobNumbers = (references: readonly JobReference[]): number[] => [
  ...new Set(references.map(({ job }) => job)),
];

const splitOutsideBrackets = (text: string): string[] =>
  text.split(/[\s,]+(?![^[]*\])/).filter((word) => word !== '');

function readReference(word: string, text: string): JobReference[] {
  const found = /^(\d{1,15})(?:_(?:(\d{1,9})|\[(.*)\]))?$/.exec(word);
  const job = Number(found?.[1]);
  if (!found || !(job > 0)) {
    throw badInput(`'${word}' is not a job id (such as 12, 20_4 or 20_[1-3])${within(word, text)}`);
  }
  const [, , task, tasks] = found;
  if (tasks === undefined) return [{ job, task: task === undefined ? undefined : Number(task) }];
  const set = parseIndexSet(tasks.replace(/%\d+$/, ''), {
    largestIndex: JOB_LIMITS.arrayIndex,
    mostIndices: JOB_LIMITS.arrayTasks,
  });
  if (!set.ok) throw badInput(`tasks of '${word}': ${set.message}`);
  return set.value.map((index) => ({ job, task: index }));
}

const within = (word: string, text: string): string => (word === text ? '' : ` in '${text}'`);
