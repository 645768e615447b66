/** `pictl update JOB key=value ...`: a waiting job asks for something else. */
import { pibatch } from '../proto/codec.ts';
import { FIELD_KEYS } from '../scheduler/model/jobChanges.ts';
import { wishesMessage } from '../scheduler/live/wishes.ts';
import { badInput } from './failure.ts';
import { didYouMean } from './format/nearest.ts';
import { addTo, type JobDraft } from './jobFile/draft.ts';
import { jobKey } from './jobFile/keys.ts';
import { wishesOf } from './jobFile/resolve.ts';
import type { Session } from './session.ts';
import { type JobReference, readJobReferences } from './jobIds.ts';
import { dependencySpec } from './submit/dependencySpec.ts';

export type JobUpdate = {
  readonly jobs: readonly JobReference[];
  readonly spec: pibatch.JobSpec.$Properties;
  /** Keys of job.yaml. */
  readonly fields: readonly string[];
  /** `hold=yes`, `priority=0`; they are orders of their own. */
  readonly hold: boolean | undefined;
};

/** scontrol's names of what job.yaml calls otherwise. */
const SLURM_NAMES: Readonly<Record<string, string>> = {
  jobname: 'name',
  timelimit: 'time',
  timemin: 'min-time',
  starttime: 'begin',
  numnodes: 'nodes',
  numtasks: 'ranks',
  features: 'constraint',
  arraytaskthrottle: 'array-throttle',
  reservationname: 'reservation',
  reqnodelist: 'nodelist',
  excnodelist: 'exclude',
  ntaskspernode: 'ranks-per-node',
};

const KEYS = [...new Set(Object.values(FIELD_KEYS)), 'hold'];
/** Not read by keys.ts. */
const THROTTLE = 'array-throttle';

/** Errors: CommandFailure (bad input) naming the word. */
export function readUpdate(words: readonly string[], nowMs: number): JobUpdate {
  const changes = words.filter((word) => word.includes('=') && !/^job(id)?=/i.test(word));
  const ids = words.filter((word) => !changes.includes(word)).map(withoutName);
  if (ids.length === 0) throw badInput('update: name the job, such as pictl update 12 time=2h');
  if (changes.length === 0) throw badInput(`update: say what, as key=value (${KEYS.join(', ')})`);
  let draft: JobDraft = {};
  let throttle: number | undefined;
  const fields: string[] = [];
  for (const change of changes) {
    const equals = change.indexOf('=');
    const said = change.slice(0, equals);
    const key = keyOf(said);
    const text = /^priority$/i.test(said)
      ? readPriority(change.slice(equals + 1))
      : change.slice(equals + 1);
    fields.push(key);
    if (key === THROTTLE) throttle = readThrottle(text);
    else if (text !== '') draft = addTo(draft, readValue(key, text, nowMs));
  }
  return {
    jobs: readJobReferences(ids),
    spec: specOf(draft, throttle),
    fields: fields.filter((key) => key !== 'hold'),
    hold: draft.hold,
  };
}

const withoutName = (word: string): string => word.replace(/^job(id)?=/i, '');

function keyOf(said: string): string {
  const word = said.toLowerCase();
  const key = SLURM_NAMES[word] ?? (word === 'priority' ? 'hold' : (jobKey(said)?.name ?? word));
  if (KEYS.includes(key)) return key;
  const known = [...KEYS].sort();
  const guess = didYouMean(said, known) || `; what can be changed: ${known.join(', ')}`;
  throw badInput(`update: '${said}' cannot be changed${guess}`);
}

function readValue(key: string, text: string, nowMs: number): JobDraft {
  const read = jobKey(key)?.read(text, { nowMs, environment: {} });
  if (!read?.ok) throw badInput(`update: ${key}: ${read?.message ?? 'unknown'}`);
  return read.value;
}

/** scontrol's way to hold a job; any other number is the scheduler's to compute. */
function readPriority(text: string): string {
  if (text === '0') return 'yes';
  throw badInput(`update: priority: only 0, which holds the job, not '${text}'; give nice=N`);
}

function readThrottle(text: string): number {
  const throttle = Number(text || '0');
  if (Number.isInteger(throttle) && throttle >= 0 && throttle <= 1_000_000) return throttle;
  throw badInput(`update: ${THROTTLE}: not a whole number from 0 (none) to 1000000: '${text}'`);
}

function specOf(draft: JobDraft, throttle: number | undefined): pibatch.JobSpec.$Properties {
  const wishes = wishesMessage(wishesOf(draft));
  const { memory, dependency } = draft;
  return {
    name: draft.name ?? '',
    ranks: draft.ranks ?? 0,
    coresPerRank: draft.coresPerRank ?? 0,
    memoryPerRankBytes: memory?.per === 'rank' ? memory.bytes : 0,
    timeLimitMs: draft.timeLimitMs ?? 0,
    partition: draft.partition ?? '',
    account: draft.account ?? '',
    comment: draft.comment ?? '',
    beginMs: draft.beginMs ?? null,
    dependency: dependency ? dependencySpec(dependency) : null,
    wishes: wishes ?? null,
    array: throttle === undefined ? null : { throttle },
  };
}

type Order = {
  readonly label: string;
  readonly give: (session: Session) => Promise<readonly number[]>;
};

export function updateOrders(words: readonly string[], nowMs: number): Order[] {
  const { jobs, spec, fields, hold } = readUpdate(words, nowMs);
  return jobs.map(({ job, task }) => ({
    label: `update ${task === undefined ? job : `${job}_${task}`}`,
    give: async (session) => {
      const target = { job, task: task ?? null };
      const options = { repeatable: true };
      const given: number[] = [];
      if (fields.length > 0) {
        const update = { ...target, spec, fields: [...fields] };
        const answer = await session.ask(
          'update',
          [pibatch.UpdateJob, update],
          pibatch.Done,
          options,
        );
        given.push(...answer.jobs);
      }
      if (hold !== undefined) {
        const verb = hold ? 'hold' : 'release';
        const order = [pibatch.JobCommand, target] as const;
        given.push(...(await session.ask(verb, order, pibatch.Done, options)).jobs);
      }
      return [...new Set(given)];
    },
  }));
}
