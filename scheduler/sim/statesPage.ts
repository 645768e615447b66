/**
 * docs/states.md. The tables are records over the model's own unions, so that a new state,
 * reason, outcome or event does not compile until it is described here.
 */
import type { Event } from '../model/event.ts';
import { VOLATILE_EVENTS } from '../model/event.ts';
import type { NodeHealth } from '../model/node.ts';
import type { FinalState, PartOutcome } from '../model/outcome.ts';
import type { AttemptEnding, PartState } from '../model/part.ts';
import type { PendingReason } from '../model/reason.ts';
import type { jobStateName } from '../model/stateName.ts';

const JOB: Record<ReturnType<typeof jobStateName> | FinalState, string> = {
  PENDING: 'waits in the queue, for its begin time, or held',
  CONFIGURING: 'has an allocation; a part of it has not yet started',
  RUNNING: 'all parts run',
  COMPLETING: 'a part has ended, or all were told to; its other cores are still held',
  COMPLETED: 'every rank ended with exit code 0',
  CANCELLED: 'by its user, an operator or its schedule',
  FAILED: 'a rank ended badly, or it could not be started and may not be requeued',
  TIMEOUT: 'reached its time limit',
  NODE_FAIL: 'its node failed and it may not be requeued',
  OUT_OF_MEMORY: 'used more memory than it asked for',
};

const PART: Record<PartState['kind'], string> = {
  launching: 'allocated; its order is resent until a report shows the part; never judged lost',
  running: 'a report said so; absent from a later inventory it is lost',
  ended: 'final; its cores were released at that moment, exactly once',
};

const OUTCOME: Record<PartOutcome['kind'], string> = {
  exited: 'the ranks ended by themselves, with code and signal',
  timeLimit: 'the job host ended it at the time limit',
  outOfMemory: 'the memory limit was exceeded',
  killed: "ended on the scheduler's order",
  leaseExpired: 'cut off for longer than its lease; may run again',
  neverStarted: 'the agent could not start it and nothing ran; may run again',
  nodeFailed: 'fenced with its node; may run again',
  lost: "gone from the node's inventory; may run again",
};

const ENDING: Record<AttemptEnding['kind'], string> = {
  cancelled: 'CANCELLED, also in place of a cause after which the job would run again',
  requeued: 'waits again at once, not counted',
  partFailed: 'as the part that failed first',
  launchTimedOut: 'counted requeue (or FAILED); COMPLETED if all ranks ended well after all',
  timeLimit: 'TIMEOUT, when the job host did not act',
};

const NODE: Record<NodeHealth['kind'], string> = {
  up: 'reports arrive',
  silent: 'missed beats: no new work',
  down: 'shown as down; after lease and margin it is fenced, a new boot id fences it at once',
};

const REASON: Record<PendingReason['kind'], string> = {
  None: 'no pass has looked at it yet',
  Priority: 'others are before it: how many, and the first',
  Resources: 'next, and does not fit on what is free: cores wanted and free',
  Dependency: "waits for other jobs, in Slurm's words",
  BeginTime: 'waits for its begin time, or backs off after a failure',
  JobHeldUser: 'held by its user',
  JobHeldAdmin: 'held by an operator; only one can release it',
  JobHoldMaxRequeue: 'failed too often with its nodes; release it to try again',
  JobArrayTaskLimit: 'as many tasks of its array run as `%` allows',
  ReqNodeNotAvail: 'would fit if the named nodes were available',
};

const EVENTS: Record<Event['kind'], string> = {
  jobSubmitted: '- -> PENDING',
  jobHeld: 'PENDING, held',
  jobReleased: 'PENDING, not held',
  arrayTasksCancelled: 'waiting tasks leave the record of their array',
  arrayTaskSplit: 'a task becomes a job; the last one takes the id of its array',
  dependencyChanged: 'some of what the job waited for has come about',
  jobAllocated: 'PENDING -> CONFIGURING; cores taken',
  partStarted: 'part launching -> running',
  partEnded: 'part -> ended; cores released',
  attemptEnding: '-> COMPLETING; every open part is told to end',
  jobRequeued: 'COMPLETING -> PENDING; restarts + 1',
  jobFinished: '-> a final state; leaves memory',
  nodeJoined: '- -> up, epoch 1',
  nodeChanged: 'other cores, memory or boot id',
  nodeFenced: 'epoch + 1',
  nodeWentSilent: 'up -> silent',
  nodeWentDown: '-> down',
  nodeReturned: '-> up',
  nodeDrained: 'one more reason to take no work',
  nodeResumed: 'no reasons left',
  scheduleCreated: 'a recurring job',
  schedulePaused: 'no runs until resumed',
  scheduleRemoved: 'its jobs live on',
  scheduleResumed: 'runs again, from its next time',
  scheduleRan: 'a due time was dealt with',
  schedulerStarted: 'every node has its grace anew',
  partAccepted: 'the node has the order on disk',
  launchResent: 'the order was sent again',
  nodeHeard: 'a report arrived',
  startsPlanned: 'reservations of the last pass',
  reasonChanged: 'why a job waits',
};

const table = (head: string, rows: Readonly<Record<string, string>>): string =>
  [
    `| ${head} | |`,
    '|---|---|',
    ...Object.entries(rows).map((row) => `| ${row.join(' | ')} |`),
  ].join('\n');

const marked = Object.fromEntries(
  Object.entries(EVENTS).map(([kind, text]) => [kind, `${text}${volatile(kind)}`]),
);

function volatile(kind: string): string {
  return [...VOLATILE_EVENTS].some((one) => one === kind) ? ' (not journalled)' : '';
}

/** The page as Markdown. */
export function statesPage(): string {
  return `# States

Generated from the model by \`node scripts/states.mjs\`; a test checks that it is up to date.

## Jobs
\`\`\`
PENDING -> CONFIGURING -> RUNNING -> COMPLETING -> COMPLETED | FAILED | TIMEOUT | OUT_OF_MEMORY
   |            |            |           |          | CANCELLED | NODE_FAIL
   |            +------------+-----------+-> PENDING (requeue: a new attempt of the same job)
   +-> CANCELLED
\`\`\`
${table('state', JOB)}

## Why a job is pending
${table('reason', REASON)}

## Parts (one node's share of an attempt)
${table('state', PART)}

${table('outcome', OUTCOME)}

An attempt that must end before its ranks do has one cause; the first one stands:

${table('cause', ENDING)}

## Nodes
${table('health', NODE)}

A drained node (reasons in \`drains\`) finishes what it has; one that goes down three times within an hour is drained.

## Events
${table('event', marked)}
`;
}
