import type { pibatch } from '../../proto/codec.ts';
import type { ChangedField, JobChanges } from '../model/jobChanges.ts';
import { FIELD_KEYS } from '../model/jobChanges.ts';
import type { JobRequest } from '../model/request.ts';
import type { Settings } from '../model/cluster.ts';
import * as check from './fieldCheck.ts';
import { jobRequest } from './jobRequest.ts';

/** What an update asks for, from the wire. Throws RefusedError naming the field. */
type Update = pibatch.UpdateJob.$Properties;

const MOST_FIELDS = 64;
const NEVER_EMPTY: ReadonlySet<string> = new Set(['name', 'partition', 'ranks', 'time']);
const isField = (name: string): name is ChangedField => name in FIELD_KEYS;

export function jobChanges({ spec, fields }: Update, settings: Settings): JobChanges {
  const keys = new Set(check.listOf('fields', fields, MOST_FIELDS));
  if (keys.size === 0) check.refuse('update', 'nothing', 'at least one key=value');
  const wanted = Object.keys(FIELD_KEYS)
    .filter(isField)
    .filter((field) => keys.has(FIELD_KEYS[field]));
  const known: ReadonlySet<string> = new Set(wanted.map((field) => FIELD_KEYS[field]));
  for (const key of keys) if (!known.has(key)) check.refuse('update', key, `one of ${keyList()}`);
  return collected(wanted, { request: completed(spec, settings), spec: spec ?? {} });
}

const keyList = (): string => [...new Set(Object.values(FIELD_KEYS))].join(', ');

/** Read as a whole job, so that every field has the checks of a submission. */
function completed(spec: Update['spec'], settings: Settings): JobRequest {
  const { array: _array, kernel: _kernel, script: _script, ...given } = spec ?? {};
  const name = given.name || 'unchanged';
  return jobRequest({ ...given, name, command: { args: ['unchanged'] } }, settings);
}

function collected(
  wanted: readonly ChangedField[],
  { request, spec }: { readonly request: JobRequest; readonly spec: pibatch.JobSpec.$Properties },
): JobChanges {
  const set: Record<string, unknown> = {};
  const clear: string[] = [];
  let throttle: number | undefined;
  for (const field of wanted) {
    if (field === 'throttle') {
      const most = { least: 0, most: 1_000_000 };
      throttle = check.integer('array-throttle', spec.array?.throttle ?? 0, most);
      continue;
    }
    const empty = NEVER_EMPTY.has(FIELD_KEYS[field]) && !isGiven(spec, field);
    if (empty) check.refuse(FIELD_KEYS[field], 'nothing', 'given a value');
    if (request[field] === undefined) clear.push(field);
    else set[field] = request[field];
  }
  return { set, clear, ...(throttle !== undefined && { throttle }) } as JobChanges;
}

function isGiven(spec: pibatch.JobSpec.$Properties, field: ChangedField): boolean {
  if (field === 'name') return Boolean(spec.name);
  if (field === 'partition') return Boolean(spec.partition);
  if (field === 'timeLimitMs') return Boolean(spec.timeLimitMs);
  return field !== 'ranks' || Boolean(spec.ranks);
}
