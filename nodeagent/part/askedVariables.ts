import { parseIndexSet } from '../../cli/format/ranges.ts';
import type { pibatch } from '../../proto/codec.ts';

/** Slurm's variables for what a job asked for: each is there only where it was. */
export function askedVariables(spec: pibatch.JobSpec.$Properties): Record<string, string> {
  const { wishes, dependency } = spec;
  const values: Readonly<Record<string, string | number | null | undefined>> = {
    SLURM_NTASKS_PER_NODE: wishes?.ranksPerNode,
    SLURM_JOB_CONSTRAINTS: wishes?.constraint,
    SLURM_JOB_LICENSES: (wishes?.licenses ?? []).map(countText).join(','),
    SLURM_JOB_QOS: wishes?.qos,
    SLURM_JOB_RESERVATION: wishes?.reservation,
    SLURM_DISTRIBUTION: wishes?.distribution,
    SLURM_JOB_DEPENDENCY: (dependency?.terms ?? []).map(termText).join(dependency?.any ? '?' : ','),
    ...arrayVariables(spec.array),
  };
  const said = Object.entries(values).flatMap(([name, value]) =>
    value ? [[name, String(value)] as const] : [],
  );
  return Object.fromEntries(said);
}

const countText = ({ name, count }: pibatch.Countable.$Properties): string =>
  `${name}:${count ?? 1}`;

function termText({ kind, job, task, delayMs }: pibatch.DependencyTerm.$Properties): string {
  if (kind === 'singleton') return kind;
  const delay = delayMs ? `+${delayMs / 60_000}` : '';
  return `${kind}:${job}${typeof task === 'number' ? `_${task}` : ''}${delay}`;
}

const MOST_TASKS = 1_000_000;

function arrayVariables(array: pibatch.ArraySpec.$Properties | null | undefined) {
  const bounds = { largestIndex: Number.MAX_SAFE_INTEGER, mostIndices: MOST_TASKS };
  const tasks = array?.tasks ? parseIndexSet(array.tasks, bounds) : undefined;
  const indexes = tasks?.ok ? tasks.value : (array?.indexes ?? []);
  if (indexes.length === 0) return {};
  const [first = 0, second = first + 1] = indexes;
  const even = indexes.every((index, at) => index === first + at * (second - first));
  return {
    SLURM_ARRAY_TASK_COUNT: String(indexes.length),
    SLURM_ARRAY_TASK_MIN: String(first),
    SLURM_ARRAY_TASK_MAX: String(indexes.at(-1)),
    SLURM_ARRAY_TASK_STEP: String(even ? second - first : 1),
  };
}
