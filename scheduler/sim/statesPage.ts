/**
 * docs/states.md. The tables are records over the model's own unions, so that a new state,
 * reason, outcome or event does not compile until it is described here.
 */
import type { Event } from '../model/event.ts';
import { VOLATILE_EVENTS } from '../model/event.ts';
import type { LimitName, Limits } from '../model/limit.ts';
import { LIMIT_NAMES } from '../model/limit.ts';
import type { NodeHealth } from '../model/node.ts';
import type { FinalState, PartOutcome } from '../model/outcome.ts';
import type { AttemptEnding, PartState } from '../model/part.ts';
import type { PendingReason } from '../model/reason.ts';
import type { jobStateName } from '../model/stateName.ts';

const JOB: Record<ReturnType<typeof jobStateName> | FinalState, string> = {
  PENDING: 'waits in the queue, for its begin time, or held',
  CONFIGURING: 'has an allocation; a part of it has not yet started',
  RUNNING: 'all parts run',
  SUSPENDED:
    'stopped by an operator, until `pictl resume`; keeps its cores and memory, its time stands still',
  COMPLETING: 'a part has ended, or all were told to; its other cores are still held',
  COMPLETED: 'every rank ended with exit code 0',
  CANCELLED: 'by its user, an operator or its schedule',
  FAILED: 'a rank ended badly, or it could not be started and may not be requeued',
  TIMEOUT: 'reached its time limit',
  NODE_FAIL: 'its node failed and it may not be requeued',
  OUT_OF_MEMORY: 'used more memory than it asked for',
  DEADLINE: 'could no longer end by its deadline, or ran until it',
  PREEMPTED: 'ended for a job that ranks above it, by a partition or QoS that says cancel',
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
  deadline: 'DEADLINE',
  preempted:
    'waits again at once, not counted, or PREEMPTED; COMPLETED if all ranks ended well within the grace time',
};

const NODE: Record<NodeHealth['kind'], string> = {
  up: 'reports arrive',
  silent: 'missed beats: no new work',
  down: 'shown as down; after lease and margin it is fenced, a new boot id fences it at once',
};

const REASON: Record<Exclude<PendingReason['kind'], LimitName>, string> = {
  None: 'no pass has looked at it yet',
  Priority: 'others are before it: how many, and the first',
  Resources: 'next, and does not fit on what is free: cores wanted and free',
  BadConstraints: 'too few nodes are what it asks for: how many, and the ranks that they hold',
  Licenses: 'licenses that it asks for are in use: wanted, free and in all',
  Reservation: 'would fit but for a reservation of the cluster, or waits for the one it asked for',
  Dependency: "waits for other jobs, in Slurm's words",
  BeginTime: 'waits for its begin time, or backs off after a failure',
  JobHeldUser: 'held by its user',
  JobHeldAdmin: 'held by an operator; only one can release it',
  JobHeldRestored:
    'may not run twice, and may have run after the backup that was restored; see docs/protocol.md',
  JobHoldMaxRequeue: 'failed too often with its nodes; release it to try again',
  JobArrayTaskLimit: 'as many tasks of its array run as `%` allows',
  PartitionDown: 'its partition starts nothing now',
  PartitionInactive: 'its partition neither takes nor starts jobs, or is gone',
  UserNotAllowed: 'its user may no longer use the partition',
  AccountNotAllowed: 'its account may no longer use the partition',
  QOSNotAllowed: 'its QoS may no longer be used in the partition',
  PartitionNodeLimit: 'the partition allows fewer nodes by now',
  PartitionTimeLimit: 'the partition allows less time by now',
  ReqNodeNotAvail: 'would fit if the named nodes were available',
};

const EVENTS: Record<Event['kind'], string> = {
  jobSubmitted: '- -> PENDING',
  jobHeld: 'PENDING, held',
  clusterRestored: 'generation + 1; nothing is placed until the nodes are accounted for',
  attemptFound: 'of an attempt that the backup knew nothing of',
  nodeAccounted: 'the node holds nothing that the journal does not know',
  restoreSettled: 'work is placed again',
  jobReleased: 'PENDING, not held',
  arrayTasksCancelled: 'waiting tasks leave the record of their array',
  arrayTaskSplit: 'a task becomes a job; the last one takes the id of its array',
  dependencyChanged: 'some of what the job waited for has come about',
  jobUpdated: 'the job asks for something else',
  jobAllocated: 'PENDING -> CONFIGURING; cores taken',
  partStarted: 'part launching -> running',
  partEnded: 'part -> ended; cores released',
  checkpointStored: 'states of the ranks of one part are in the object store',
  checkpointCompleted: 'those of all parts: the next attempt goes on from there',
  attemptEnding: '-> COMPLETING; every open part is told to end',
  jobSuspended: 'RUNNING -> SUSPENDED; every part is told to stop its ranks',
  jobResumed: 'SUSPENDED -> RUNNING; every part is told to go on',
  partSuspended: 'the node says that its ranks are stopped',
  partResumed: 'the node says that they go on; with the last one the time of the job does',
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
  reservationCreated: 'nodes are kept for some users from a time on',
  reservationUpdated: 'with other times, nodes or users',
  reservationMoved: 'a recurring one goes on to its next window',
  reservationRemoved: 'the nodes are free to all; `system`: a day after its end',
  settingsChanged: 'another configuration is in force',
  schedulerStarted: 'every node has its grace anew',
  partAccepted: 'the node has the order on disk',
  partWired: 'the part knows its peers; its ranks begin',
  launchResent: 'the order was sent again',
  nodeHeard: 'a report arrived',
  startsPlanned: 'reservations of the last pass',
  prioritiesSet: 'the queue in another order',
  prioritiesAdded: 'newcomers find their places in the queue',
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

const limitTable = (): string =>
  [
    '| limit | QoS, group | QoS, per user | account, group | account, per user |',
    '|---|---|---|---|---|',
    ...(Object.keys(LIMIT_NAMES.qosGroup) as (keyof Limits)[]).map((limit) => {
      const names = Object.values(LIMIT_NAMES).map((each) => each[limit]);
      return `| ${[limit === 'maxTimeMs' ? 'maxTime' : limit, ...names].join(' | ')} |`;
    }),
  ].join('\n');

/** The page as Markdown. */
export function statesPage(): string {
  return `# States

Generated from the model by \`node scripts/states.mjs\`; a test checks that it is up to date.

## Jobs
\`\`\`
                          RUNNING <-> SUSPENDED
PENDING -> CONFIGURING -> RUNNING -> COMPLETING -> COMPLETED | FAILED | TIMEOUT | OUT_OF_MEMORY
   |            |            |           |          | CANCELLED | NODE_FAIL | DEADLINE | PREEMPTED
   |            +------------+-----------+-> PENDING (requeue: a new attempt of the same job)
   +-> CANCELLED | DEADLINE
\`\`\`
${table('state', JOB)}

## Why a job is pending
${table('reason', REASON)}

Limits of QoS and accounts, for all together (\`group\`) and for each user (\`perUser\`):

${limitTable()}

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
