/**
 * A refusal as a sentence: what was wrong, the value, the limit, and what to do. The scheduler
 * sends codes with numbers only (scheduler/model/refusal.ts); the words are here.
 */
import type { Refusal } from '../../scheduler/model/refusal.ts';
import { formatBytes } from './bytes.ts';
import { excessText } from './excess.ts';
import { didYouMean } from './nearest.ts';
import { formatBrief } from './duration.ts';
import { formatMoment } from './moment.ts';

type Code = Refusal['code'];
type ByCode = { readonly [Each in Refusal as Each['code']]: Each };
/** Distributes over `C`, so that the table may be called without a cast. */
type Refused<C extends Code = Code> = { [Each in C]: { code: Each } & ByCode[Each] }[C];
type Sentences = { readonly [Each in Code]: (refusal: Refused<Each>) => string };

const unknownName = (what: string, name: string, known: string): string =>
  known === ''
    ? `unknown ${what} '${name}': this cluster has none; see pinodes`
    : `unknown ${what} '${name}' (known: ${known})${didYouMean(name, known.split(', '))}`;

const seconds = (ms: number): string => `${Math.max(1, Math.ceil(ms / 1_000))} s`;

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
  notSuspendable: ({ job, state }) =>
    state === 'SUSPENDED'
      ? `job ${job} is suspended already; pictl resume ${job} lets it go on`
      : `job ${job} is ${state}, but only a RUNNING job can be suspended`,
  notSuspended: ({ job, state }) =>
    `job ${job} is ${state}, but only a SUSPENDED job can be resumed`,
  notRequeueable: ({ job }) =>
    `job ${job} was submitted with --no-requeue, so it cannot run again; submit it anew`,
  neverFits: (refusal) => {
    const shape = shapeOf(refusal);
    const { largestRanks, nodes } = refusal;
    const room =
      largestRanks > 0
        ? `the largest such job that would fit has ${plural(largestRanks, 'rank')} (--ranks ${largestRanks})`
        : 'not even one rank of that shape fits on a node that would do; ask for fewer cores or less memory per rank';
    const where = refusal.wish === undefined ? '' : ` with ${refusal.wish}`;
    return `${shape} can never fit on this cluster of ${plural(nodes, 'node')}${where}: ${room}; see pinodes`;
  },
  noNodes: () =>
    'the cluster has no nodes yet, so nothing could ever run; start a node agent and see pinodes',
  filesGone: ({ files }) =>
    `${plural(files, 'file')} of the job were removed from the store just now; submit it again`,
  unknownParent: ({ on }) =>
    `dependency ${on}: no such job or task is known (any more); piqueue lists live jobs, piacct those that ended`,
  neverSatisfied: ({ on }) =>
    `dependency ${on} can never be satisfied: what it names has ended otherwise; see piacct, or leave it out`,
  unknownPartition: ({ partition, known }) =>
    `unknown partition '${partition}' (known: ${known})${didYouMean(partition, known.split(/[\s,]+/))}`,
  partitionClosed: ({ partition, state }) =>
    `partition ${partition} takes no jobs now (${state === 'drain' ? 'it only runs what it has' : 'it is inactive'}); name another, see pinodes`,
  partitionNodeLimit: ({ partition, nodes, limit }) =>
    `${plural(nodes, 'node')} are more than a job in partition ${partition} may have: at most ${limit}`,
  notAllowedIn: ({ partition, what, name, allowed }) =>
    `${what} ${name === '' ? '(none)' : name} is not allowed in partition ${partition}${allowed === '' ? '' : ` (allowed: ${allowed})`}`,
  unknownAccount: ({ account, yours }) =>
    `InvalidAccount: no account is called '${account}'${yoursText(yours)}${didYouMean(account, yours.split(', '))}`,
  accountNotYours: ({ account, user, yours }) =>
    `InvalidAccount: ${user} is not in account ${account}${yoursText(yours)}`,
  unknownQos: ({ qos, known }) =>
    `InvalidQOS: no QoS is called '${qos}' (known: ${known || 'none'})${didYouMean(qos, known.split(', '))}`,
  losesJobs: ({ losses }) =>
    losses
      .map(
        ({ what, jobs }) =>
          `the new configuration has no ${what}, where ${jobs.length === 1 ? 'job' : 'jobs'} ${jobs.join(', ')} ${jobs.length === 1 ? 'runs' : 'run'}`,
      )
      .join('; ') + '; nothing was changed: drain it and wait, or requeue them',
  badConfiguration: ({ faults }) => `nothing was changed:\n${faults}`,
  overLimit: ({ excess }) => `${excess.kind}: ${excessText(excess)}`,
  timeLimitTooLong: ({ timeLimitMs, maximumMs }) =>
    `a time limit of ${formatBrief(timeLimitMs)} is longer than the partition allows (${formatBrief(maximumMs)}); ask for --time ${Math.floor(maximumMs / 60_000)} or less`,
  badValue: ({ field, value, limit }) => `${field} must be ${limit}, not '${value}'`,
  contradictory: ({ field, value, other, otherValue, rule }) =>
    `${field} ${value} does not go with ${other} ${otherValue}: ${rule}`,
  minTimeTooLong: ({ minTimeMs, timeLimitMs }) =>
    `min-time ${formatBrief(minTimeMs)} is longer than the time limit, ${formatBrief(timeLimitMs)}; ` +
    'it is the least that the job could do with',
  beginAfterDeadline: ({ beginMs, deadlineMs }) =>
    `begin ${formatMoment(beginMs)} is not before the deadline, ${formatMoment(deadlineMs)}`,
  deadlineTooSoon: ({ deadlineMs, fromMs, neededMs }) =>
    `the deadline ${formatMoment(deadlineMs)} cannot be met: begun at ${formatMoment(fromMs)} the job ` +
    `may need ${formatBrief(neededMs)}; give a later --deadline, or a shorter --time or --min-time`,
  unknownFeature: ({ feature, known }) => unknownName('feature', feature, known),
  unknownGres: ({ name, known }) => unknownName('generic resource', name, known),
  unknownLicense: ({ name, known }) => unknownName('license', name, known),
  tooManyGres: ({ name, asked, most }) =>
    `${name}:${asked} is asked for on each node, but no node ever has more than ${name}:${most}`,
  tooManyLicenses: ({ name, asked, most }) =>
    `license ${name}:${asked} is asked for, but the cluster has ${name}:${most} in all`,
  tooFewNodes: ({ asked, suitable, of, wish }) =>
    `${plural(asked, 'node')} asked for, but of the ${plural(of, 'node')} of this cluster only ` +
    `${suitable} could ever hold such a rank${wish === '' ? '' : ` (${wish})`}; see pinodes`,
  unsuitableNode: ({ node, why }) =>
    `node ${node} is in the nodelist, but ${why}; leave it out, or ask for what it has`,
  notWhileRunning: ({ job, state, field, allowed }) =>
    `job ${job} is ${state}: its ${field} was settled when it got its nodes; only these may still ` +
    `change: ${allowed}`,
  limitOnlyLowered: ({ job, timeLimitMs, currentMs }) =>
    `job ${job} runs with a time limit of ${formatBrief(currentMs)}, which its owner may only lower, ` +
    `not raise to ${timeLimitMs === 0 ? 'none' : formatBrief(timeLimitMs)}; ask an operator`,
  limitMeetsReservation: ({ job, reservation, boundMs }) =>
    `with that time limit job ${job} might run past ${formatMoment(boundMs)}, the bound that ` +
    `reservation '${reservation}' sets on its nodes; give less time`,
  arrayTooLarge: ({ tasks, limit }) =>
    `an array of ${tasks} tasks is above the limit of ${limit} (maxArrayTasks of this cluster); ` +
    'split it, or let one task do more',
  badCron: ({ expression, position, problem }) =>
    `schedule '${expression}': ${problem}, at character ${position + 1}`,
  badTimezone: ({ timezone }) =>
    `unknown time zone '${timezone}'; give an IANA name such as Europe/Madrid or UTC`,
  noSuchSchedule: ({ schedule }) => `no recurring job '${schedule}'; picron list shows yours`,
  scheduleExists: ({ schedule }) =>
    `you already have a recurring job '${schedule}'; give another --name, or picron remove ${schedule} first`,
  noSuchReservation: ({ reservation, known }) =>
    known === ''
      ? `no reservation '${reservation}': there are none; pictl reserve list shows them`
      : `no reservation '${reservation}' (known: ${known})${didYouMean(reservation, known.split(', '))}`,
  reservationExists: ({ name }) =>
    `there is a reservation '${name}' already; give another name, or pictl reserve update ${name}`,
  reservationOver: ({ reservation, endMs }) =>
    `reservation '${reservation}' ended at ${formatMoment(endMs)}; leave out --reservation, or ask for a new one`,
  reservationNotYours: ({ reservation, user, account }) =>
    `reservation '${reservation}' is not for user ${user} or account ${account}; ` +
    'pictl reserve list shows whose it is',
  reservationTooShort: ({ reservation, timeLimitMs, leftMs }) =>
    `a time limit of ${timeLimitMs === 0 ? 'none' : formatBrief(timeLimitMs)} is longer than ` +
    `reservation '${reservation}' lasts (${formatBrief(leftMs)}); ask for --time ${Math.floor(leftMs / 60_000)} or less`,
  reservationOverlaps: ({ reservation, other, node, fromMs, toMs }) =>
    `reservation '${reservation}' would overlap '${other}' on ${node} ` +
    `(${formatMoment(fromMs)} to ${formatMoment(toMs)}); choose other nodes or another time`,
  reservationOverJobs: ({ reservation, jobs, count, untilMs }) =>
    `${plural(count, 'running job')} (${jobs.join(', ')}${count > jobs.length ? ' ...' : ''}) may still hold nodes of ` +
    `reservation '${reservation}' when it begins; ` +
    (untilMs === undefined ? '' : `start it at ${formatMoment(untilMs)} or later, or `) +
    'give --ignore-jobs to let them go on',
  tooFewFreeNodes: ({ asked, free, of }) =>
    `${plural(asked, 'node')} asked for, but of ${of} only ${free} are free of other reservations ` +
    'and running jobs then; ask for fewer, for another time, or give --ignore-jobs',
  busy: ({ retryMs }) =>
    `the scheduler is busy; nothing was done, try again in ${seconds(retryMs)}`,
  tooManyRequests: ({ perSecond, burst, retryMs }) =>
    `too many requests of yours wait while others need the scheduler: ${perSecond} a second, ${burst} at once ` +
    `(requestRate, requestBurst of this cluster); nothing was done, try again in ${seconds(retryMs)}`,
  diskFull: () =>
    'the disk of the scheduler is full: running jobs go on and questions are answered, but nothing new is taken ' +
    'until there is space again',
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

const yoursText = (yours: string): string =>
  yours === '' ? '; you are in none, ask an operator' : ` (yours: ${yours})`;

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
  'contradictory',
  'minTimeTooLong',
  'beginAfterDeadline',
  'deadlineTooSoon',
  'unknownFeature',
  'unknownGres',
  'unknownLicense',
  'tooManyGres',
  'tooManyLicenses',
  'tooFewNodes',
  'arrayTooLarge',
  'badConfiguration',
  'partitionNodeLimit',
  'notAllowedIn',
  'unknownAccount',
  'accountNotYours',
  'unknownQos',
  'badValue',
  'badCron',
  'badTimezone',
  'noSuchSchedule',
  'scheduleExists',
  'noSuchNode',
  'noSuchReservation',
  'reservationExists',
  'reservationOver',
  'reservationTooShort',
  'reservationOverlaps',
]);

export const isBadInput = ({ code }: Refusal): boolean => BAD_INPUT.has(code);

export const isRefusalCode = (code: string): code is Code => Object.hasOwn(SENTENCES, code);

export function refusalSentence<C extends Code>(refusal: Refused<C>): string {
  return SENTENCES[refusal.code](refusal);
}
