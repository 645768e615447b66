/** `piacct -D`: a requeued job's earlier attempts, each as a job of its own, oldest first. */
import type { JobView } from '../jobView.ts';
import type { PartView } from '../partView.ts';

export function attemptViews(view: JobView): readonly JobView[] {
  const numbers = [...new Set(view.parts.map(({ attempt }) => attempt))].sort((a, b) => a - b);
  const earlier = numbers.filter((attempt) => attempt < view.attempt);
  return [...earlier.map((attempt) => earlierView(view, attempt)), view];
}

function earlierView(view: JobView, attempt: number): JobView {
  const parts = view.parts.filter((part) => part.attempt === attempt);
  const starts = parts.map(({ startedMs }) => startedMs).filter((atMs) => atMs > 0);
  return {
    ...view,
    attempt,
    state: endOf(parts),
    reason: 'None',
    message: parts[0]?.ending ?? '',
    exitCode: 0,
    signal: 0,
    nodes: parts.map(({ node }) => node),
    startedMs: starts.length > 0 ? Math.min(...starts) : undefined,
    suspendedMs: Math.max(...parts.map(({ suspendedMs }) => suspendedMs)),
    suspendedSinceMs: undefined,
    suspendedBy: '',
    endedMs: Math.max(...parts.map(({ endedMs }) => endedMs)),
  };
}

/** As sacct has it: NODE_FAIL where a node was the cause, PREEMPTED, else REQUEUED. */
function endOf(parts: readonly PartView[]): string {
  const lost = parts.some(({ outcome }) => NODE_OUTCOMES.has(outcome));
  if (lost) return 'NODE_FAIL';
  return parts.some(({ ending }) => ending.startsWith('preempted')) ? 'PREEMPTED' : 'REQUEUED';
}

const NODE_OUTCOMES: ReadonlySet<string> = new Set(['nodeFailed', 'lost', 'leaseExpired']);
