/**
 * The keys of a job that fit in one text: each is a key of job.yaml, an option of pisub and pirun,
 * a `#PIBATCH` line and (unless repeatable) a PISUB_ variable. One table, so that they agree.
 */
import { MISSED, OVERLAPS } from '../../scheduler/model/schedule.ts';
import { parseBytes } from '../format/bytes.ts';
import { parseDependency } from '../format/dependency.ts';
import { parseTimeLimit } from '../format/duration.ts';
import { parseMoment } from '../format/moment.ts';
import { notParsed, type Parsed, parsed } from '../format/parsed.ts';
import { parseArraySpec } from '../format/ranges.ts';
import { parseEndSignal } from '../format/signal.ts';
import { parseSpan } from '../format/span.ts';
import type { JobDraft } from './draft.ts';
import { as, type JobKey, key, type KeyContext, oneToMany } from './jobKey.ts';
import * as read from './keyReader.ts';
import { JOB_LIMITS } from './limits.ts';
import { nodeKeys, timingKeys } from './wishKeys.ts';

export type { JobKey, KeyContext } from './jobKey.ts';

const schedule = (member: JobDraft['schedule']): JobDraft => ({ schedule: { ...member } });

const memory =
  (per: 'rank' | 'core' | 'node'): JobKey['read'] =>
  (text) =>
    read.mapParsed(parseBytes(text, { bareUnit: 'M' }), (bytes) => ({ memory: { per, bytes } }));

/** They say the same thing in three ways. */
export const MEMORY_KEYS: readonly string[] = [
  'memory-per-rank',
  'memory-per-core',
  'memory-per-node',
];
export const ONE_MEMORY = 'memory is said per rank, per core or per node; give one of them';

const shapeKeys: readonly JobKey[] = [
  key({
    name: 'name',
    aliases: ['J', 'job-name'],
    describe: 'name of the job',
    read: as(read.jobName, (name) => ({ name })),
  }),
  key({
    name: 'ranks',
    aliases: ['n', 'ntasks'],
    placeholder: 'N[-M]',
    describe: 'ranks that run together; 2-8 if all counts between will do',
    read: (text) =>
      read.mapParsed(parseSpan(text, JOB_LIMITS.ranks), ({ least, most }) => ({
        ranks: most,
        ranksRange: least === most ? undefined : { least, most },
      })),
  }),
  key({
    name: 'cores-per-rank',
    aliases: ['c', 'cpus-per-task'],
    placeholder: 'N',
    describe: 'cores of each rank',
    read: as(oneToMany(JOB_LIMITS.coresPerRank), (coresPerRank) => ({ coresPerRank })),
  }),
  key({
    name: 'memory-per-rank',
    aliases: ['mem-per-rank'],
    placeholder: 'SIZE',
    describe: 'memory of each rank: 200M, 1.5G; a bare number is in MB',
    read: memory('rank'),
  }),
  key({
    name: 'memory-per-core',
    aliases: ['mem-per-cpu'],
    placeholder: 'SIZE',
    describe: 'the same, times the cores of a rank',
    read: memory('core'),
  }),
  key({
    name: 'memory-per-node',
    aliases: ['mem'],
    placeholder: 'SIZE',
    describe: 'memory of all its ranks on one node together',
    read: memory('node'),
  }),
  key({
    name: 'time',
    aliases: ['t'],
    placeholder: 'LIMIT',
    describe: 'time limit: 10m, 2h, or minutes, m:s, h:m:s, d-h:m:s',
    read: as(parseTimeLimit, (limit) => ({ timeLimitMs: limit === 'unlimited' ? 0 : limit })),
  }),
];

const queueKeys: readonly JobKey[] = [
  key({
    name: 'partition',
    aliases: ['p'],
    placeholder: 'NAME',
    describe: 'partition to run in',
    read: as(read.plainText(64), (partition) => ({ partition })),
  }),
  key({
    name: 'account',
    aliases: ['A'],
    placeholder: 'NAME',
    describe: 'account to charge',
    read: as(read.plainText(64), (account) => ({ account })),
  }),
  key({
    name: 'begin',
    aliases: ['b'],
    placeholder: 'TIME',
    describe: 'start no earlier than: 16:00, now+1hour, 2026-01-31T12:30, tomorrow',
    read: (text, { nowMs }) =>
      read.mapParsed(parseMoment(text, { nowMs, passedClock: 'tomorrow' }), (beginMs) => ({
        beginMs,
      })),
  }),
  key({
    name: 'dependency',
    aliases: ['d'],
    placeholder: 'LIST',
    describe: 'wait for jobs: afterok:12, after:12+5, singleton (, all ? one of them)',
    read: as(parseDependency, (dependency) => ({ dependency })),
  }),
  key({
    name: 'hold',
    aliases: ['H'],
    takes: 'nothing',
    describe: 'submit held; start it with: pictl release JOB',
    read: as(read.yesOrNo, (hold) => ({ hold })),
  }),
  key({
    name: 'requeue',
    takes: 'nothing',
    describe: 'run again when a node fails (--no-requeue: never)',
    read: as(read.yesOrNo, (requeue) => ({ requeue })),
  }),
  key({
    name: 'signal',
    placeholder: 'SIGNAL[@SECONDS]',
    describe: 'send it to the ranks so long before the time limit: USR1@120 (default 60)',
    read: as(parseEndSignal, (endSignal) => ({ endSignal })),
  }),
  key({
    name: 'array',
    aliases: ['a'],
    placeholder: 'TASKS',
    describe: 'one job per index: 0-9, 1,3,5, 0-15:4%2 (at most 2 at once)',
    read: (text) => {
      const bounds = {
        largestIndex: JOB_LIMITS.arrayIndex,
        mostIndices: JOB_LIMITS.arrayTasks,
      };
      return read.mapParsed(parseArraySpec(text, bounds), ({ indices, atOnce }) => ({
        array: { indexes: indices, throttle: atOnce },
      }));
    },
  }),
  key({
    name: 'size',
    placeholder: 'NUMBER',
    describe: 'problem size; piacct speedup compares runs of one size',
    read: as(read.positiveNumber, (size) => ({ size })),
  }),
  key({
    name: 'comment',
    describe: 'kept with the job',
    read: as(read.plainText(JOB_LIMITS.commentCharacters), (comment) => ({ comment })),
  }),
  key({
    name: 'group',
    placeholder: 'NAME',
    describe: 'scaling sweep that the job belongs to',
    read: as(read.plainText(64), (group) => ({ group })),
  }),
];

const scheduleKeys: readonly JobKey[] = [
  key({
    name: 'cron',
    placeholder: 'FIELDS',
    describe: 'recurring job: five cron fields or @daily and its like',
    read: as(read.plainText(256), (cron) => schedule({ cron })),
  }),
  key({
    name: 'timezone',
    placeholder: 'ZONE',
    describe: 'zone of --cron, such as Europe/Madrid; default: yours',
    read: as(read.plainText(64), (timezone) => schedule({ timezone })),
  }),
  key({
    name: 'overlap',
    placeholder: OVERLAPS.join('|'),
    describe: 'when the run before still lives',
    read: as(read.oneOf(OVERLAPS), (overlap) => schedule({ overlap })),
  }),
  key({
    name: 'missed',
    placeholder: MISSED.join('|'),
    describe: 'runs that fell into a downtime',
    read: as(read.oneOf(MISSED), (missed) => schedule({ missed })),
  }),
];

const dataKeys: readonly JobKey[] = [
  key({
    name: 'params',
    placeholder: 'JSON',
    describe: 'parameters of the kernel, as JSON',
    read: (text) => {
      try {
        return parsed({ params: JSON.parse(text) });
      } catch (error) {
        const problem = error instanceof Error ? error.message : String(error);
        return notParsed(`not JSON (${problem})`, text, 0);
      }
    },
  }),
  key({
    name: 'param',
    takes: 'values',
    placeholder: 'NAME=VALUE',
    describe: 'one parameter of the kernel; may be repeated',
    read: as(read.assignment, ([name, value]) => ({
      paramMembers: { [name]: read.jsonOrText(value) },
    })),
  }),
  key({
    name: 'inputs',
    aliases: ['input'],
    takes: 'values',
    placeholder: 'GLOB',
    describe: 'files to ship with the job; may be repeated',
    read: as(read.plainText(1024), (pattern) => ({ inputs: [pattern] })),
  }),
  key({
    name: 'outputs',
    aliases: ['output'],
    takes: 'values',
    placeholder: 'GLOB',
    describe: 'files to collect (pilogs --fetch); may be repeated',
    read: as(read.plainText(1024), (pattern) => ({ outputs: [pattern] })),
  }),
  key({
    name: 'env',
    takes: 'values',
    placeholder: 'NAME[=VALUE]',
    describe: 'variable for the ranks; without =VALUE yours is copied',
    read: readVariable,
  }),
];

function readVariable(text: string, { environment }: KeyContext): Parsed<JobDraft> {
  const equals = text.indexOf('=');
  const name = read.variableName(equals < 0 ? text : text.slice(0, equals));
  if (!name.ok) return name;
  const value = equals < 0 ? environment[name.value] : text.slice(equals + 1);
  if (value === undefined) return notParsed('a variable that is not set here', text, 0);
  if (value.includes('\0')) return notParsed('a NUL character in the value of', name.value, 0);
  return parsed({ environment: { [name.value]: value } });
}

export const JOB_KEYS: readonly JobKey[] = [
  ...shapeKeys,
  ...nodeKeys,
  ...queueKeys,
  ...timingKeys,
  ...scheduleKeys,
  ...dataKeys,
];

/** Finds a key by its name or one of its aliases. */
export const jobKey = (spelling: string): JobKey | undefined =>
  JOB_KEYS.find(({ name, aliases }) => name === spelling || aliases.includes(spelling));
