/** The fields of squeue that `-o` names by letter, with squeue's titles. */
import { formatBytes } from '../format/bytes.ts';
import { formatRunningTime, formatTimeLimit } from '../format/duration.ts';
import { nodeList } from '../format/hostlist.ts';
import { formatMoment } from '../format/moment.ts';
import { compactState, isFinal } from '../format/state.ts';
import { elapsedMsOf, jobLabel, type JobView } from '../jobView.ts';
import { nodeCount } from '../wishesView.ts';

export type QueueField = {
  readonly title: string;
  readonly text: (view: JobView, nowMs: number) => string;
};

const moment = (atMs: number | undefined): string =>
  atMs === undefined ? 'N/A' : formatMoment(atMs);
const limitMs = ({ timeLimitMs }: JobView): number | undefined =>
  timeLimitMs === 0 ? undefined : timeLimitMs;

const nodesOf = (view: JobView): string => nodeList(view.nodes);

/** squeue's NODELIST(REASON): where it runs, or why it does not. */
function nodesOrReason(view: JobView): string {
  if (view.state === 'PENDING') return `(${view.reason || 'None'})`;
  if (view.nodes.length > 0 || !isFinal(view.state)) return nodesOf(view);
  return `(${view.reason || 'None'})`;
}

function endsMs(view: JobView): number | undefined {
  if (view.endedMs !== undefined) return view.endedMs;
  const limit = limitMs(view);
  if (view.startedMs === undefined || limit === undefined) return undefined;
  return view.suspendedSinceMs === undefined
    ? view.startedMs + view.suspendedMs + limit
    : undefined;
}

function timeLeft(view: JobView, nowMs: number): string {
  const limit = limitMs(view);
  return limit === undefined ? 'UNLIMITED' : formatRunningTime(limit - elapsedMsOf(view, nowMs));
}

const FIELDS: Readonly<Record<string, QueueField>> = {
  i: { title: 'JOBID', text: jobLabel },
  A: { title: 'JOBID', text: ({ job }) => String(job) },
  F: { title: 'ARRAY_JOB_ID', text: ({ arrayJob, job }) => String(arrayJob ?? job) },
  K: {
    title: 'ARRAY_TASK_ID',
    text: ({ arrayTask, pendingTasks }) => pendingTasks || String(arrayTask ?? 'N/A'),
  },
  P: { title: 'PARTITION', text: ({ partition }) => partition },
  j: { title: 'NAME', text: ({ name }) => name },
  u: { title: 'USER', text: ({ user }) => user },
  a: { title: 'ACCOUNT', text: ({ account }) => account || '(null)' },
  k: { title: 'COMMENT', text: ({ comment }) => comment || '(null)' },
  t: { title: 'ST', text: ({ state }) => compactState(state) },
  T: { title: 'STATE', text: ({ state }) => state },
  M: { title: 'TIME', text: (view, nowMs) => formatRunningTime(elapsedMsOf(view, nowMs)) },
  l: { title: 'TIME_LIMIT', text: (view) => squeueLimit(view) },
  L: { title: 'TIME_LEFT', text: timeLeft },
  D: { title: 'NODES', text: nodeCount },
  C: { title: 'CPUS', text: ({ cores }) => String(cores) },
  m: { title: 'MIN_MEMORY', text: ({ memoryBytes }) => formatBytes(memoryBytes) },
  N: { title: 'NODELIST', text: nodesOf },
  B: { title: 'EXEC_HOST', text: ({ nodes }) => nodes[0] ?? 'n/a' },
  R: { title: 'NODELIST(REASON)', text: nodesOrReason },
  r: { title: 'REASON', text: ({ reason }) => reason || 'None' },
  S: { title: 'START_TIME', text: (view) => moment(view.startedMs ?? view.expectedStartMs) },
  Y: { title: 'SCHEDNODES', text: () => '(null)' },
  e: { title: 'END_TIME', text: (view) => moment(endsMs(view)) },
  V: { title: 'SUBMIT_TIME', text: ({ submittedMs }) => formatMoment(submittedMs) },
  o: { title: 'COMMAND', text: ({ program }) => program },
  Q: { title: 'PRIORITY', text: () => '1' },
  p: { title: 'PRIORITY', text: () => '1.00000000000000' },
  q: { title: 'QOS', text: ({ qos }) => qos || 'normal' },
  f: { title: 'FEATURES', text: ({ constraint }) => constraint || '(null)' },
  b: { title: 'TRES_PER_NODE', text: ({ gres }) => gres || 'N/A' },
  W: { title: 'LICENSES', text: ({ licenses }) => licenses || '(null)' },
  O: { title: 'CONTIGUOUS', text: ({ contiguous }) => (contiguous ? '1' : '0') },
  E: { title: 'DEPENDENCY', text: ({ dependency }) => dependency || '(null)' },
  v: { title: 'RESERVATION', text: ({ reservation }) => reservation || '(null)' },
  h: { title: 'OVER_SUBSCRIBE', text: ({ exclusive }) => (exclusive ? 'NO' : 'OK') },
  y: { title: 'NICE', text: ({ nice }) => String(nice) },
};

/** Letters of squeue that name what PiBatch does not have; accepted, and shown as `N/A`. */
const ABSENT = new Set('cdgGHIJnUwxXzZ');

/** Undefined for a letter that squeue does not know either. */
export function queueField(letter: string): QueueField | undefined {
  const known = FIELDS[letter];
  if (known) return known;
  return ABSENT.has(letter) ? { title: letter, text: () => 'N/A' } : undefined;
}

/** The reason with its numbers, for the long format. */
export const longReason: QueueField = {
  title: 'NODELIST(REASON)',
  text: (view) =>
    view.state === 'PENDING' && view.reasonText !== ''
      ? `(${view.reasonText})`
      : nodesOrReason(view),
};

/** squeue's TIME_LIMIT: `10:00`, `1:00:00`. */
function squeueLimit(view: JobView): string {
  const limit = limitMs(view);
  return limit === undefined ? formatTimeLimit(undefined) : formatRunningTime(limit);
}
