/**
 * A refusal as a sentence: what was wrong, the value, the limit, and what to do. The scheduler
 * sends codes with numbers only (scheduler/model/refusal.ts); the words are here.
 */
import type { Refusal } from '../../scheduler/model/refusal.ts';
import { formatBytes } from './bytes.ts';
import { didYouMean } from './nearest.ts';
import { formatBrief } from './duration.ts';

type Code = Refusal['code'];
type ByCode = { readonly [Each in Refusal as Each['code']]: Each };
/** Distributes over `C`, so that the table may be called without a cast. */
type Refused<C extends Code = Code> = { [Each in C]: { code: Each } & ByCode[Each] }[C];
type Sentences = { readonly [Each in Code]: (refusal: Refused<Each>) => string };

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

const SENTENCES: Sentences = {
  noSuchJob: ({ job }) =>
    `no job ${job} is known; piqueue lists live jobs, piacct those of today (-S for earlier ones)`,
  jobFinished: ({ job, state }) => `job ${job} has already ended (${state}); see piacct -j ${job}`,
  notYours: ({ job, owner }) =>
    `job ${job} belongs to ${owner}; only its owner and operators may do that`,
  notPending: ({ job, state }) =>
    `job ${job} is ${state}, but only a PENDING job can be held or released`,
  notActive: ({ job, state }) =>
    `job ${job} is ${state}, but only a job that runs can get a signal or be requeued`,
  notRequeueable: ({ job }) =>
    `job ${job} was submitted with --no-requeue, so it cannot run again; submit it anew`,
  neverFits: (refusal) => {
    const shape = shapeOf(refusal);
    const { largestRanks, nodes } = refusal;
    const room =
      largestRanks > 0
        ? `the largest such job that would fit has ${plural(largestRanks, 'rank')} (--ranks ${largestRanks})`
        : 'not even one rank of that shape fits on a node; ask for fewer cores or less memory per rank';
    return `${shape} can never fit on this cluster of ${plural(nodes, 'node')}: ${room}; see pinodes`;
  },
  noNodes: () =>
    'the cluster has no nodes yet, so nothing could ever run; start a node agent and see pinodes',
  unknownParent: ({ on }) =>
    `dependency ${on}: no such job or task is known; piqueue lists live jobs, piacct those that ended`,
  neverSatisfied: ({ on }) =>
    `dependency ${on} can never be satisfied: what it names has ended otherwise; see piacct, or leave it out`,
  unknownPartition: ({ partition, known }) =>
    `unknown partition '${partition}' (known: ${known})${didYouMean(partition, known.split(/[\s,]+/))}`,
  timeLimitTooLong: ({ timeLimitMs, maximumMs }) =>
    `a time limit of ${formatBrief(timeLimitMs)} is longer than the partition allows (${formatBrief(maximumMs)}); ask for --time ${Math.floor(maximumMs / 60_000)} or less`,
  badValue: ({ field, value, limit }) => `${field} must be ${limit}, not '${value}'`,
  badCron: ({ expression, position, problem }) =>
    `schedule '${expression}': ${problem}, at character ${position + 1}`,
  badTimezone: ({ timezone }) =>
    `unknown time zone '${timezone}'; give an IANA name such as Europe/Madrid or UTC`,
  noSuchSchedule: ({ schedule }) => `no recurring job '${schedule}'; picron list shows yours`,
  scheduleExists: ({ schedule }) =>
    `you already have a recurring job '${schedule}'; give another --name, or picron remove ${schedule} first`,
  tooManyJobs: ({ limit, live }) =>
    `the queue is full: ${plural(live, 'live job')} of at most ${limit}; wait for some to end`,
  requestReused: ({ requestId }) =>
    `request id ${requestId} was used before for a different job; submit again without --request-id`,
  noSuchNode: ({ node }) => `no node '${node}' is known; pinodes lists them`,
  notAllowed: ({ verb, role }) =>
    `${verb} is not allowed to a ${role}; ask an operator of the cluster`,
  stale: ({ what, given, current }) =>
    `${what} ${given} is out of date (now ${current}); look again and repeat`,
};

function shapeOf(refusal: ByCode['neverFits']): string {
  const { ranks, coresPerRank, memoryPerRankBytes } = refusal;
  const memory = memoryPerRankBytes > 0 ? ` and ${formatBytes(memoryPerRankBytes)}` : '';
  const each = `${plural(coresPerRank, 'core')}${memory}`;
  return `${plural(ranks, 'rank')} with ${each}${ranks === 1 ? '' : ' each'}`;
}

/** Refusals for what the request itself says; the others are for what the cluster is or allows. */
const BAD_INPUT: ReadonlySet<Code> = new Set<Code>([
  'noSuchJob',
  'jobFinished',
  'neverFits',
  'unknownPartition',
  'unknownParent',
  'neverSatisfied',
  'timeLimitTooLong',
  'badValue',
  'badCron',
  'badTimezone',
  'noSuchSchedule',
  'scheduleExists',
  'noSuchNode',
]);

export const isBadInput = ({ code }: Refusal): boolean => BAD_INPUT.has(code);

export const isRefusalCode = (code: string): code is Code => Object.hasOwn(SENTENCES, code);

export function refusalSentence<C extends Code>(refusal: Refused<C>): string {
  return SENTENCES[refusal.code](refusal);
}
