import type { JobRequest } from './request.ts';

/** What `pictl update` may change of a job that waits; the rest would make it another job. */
type Required =
  | 'name'
  | 'partition'
  | 'account'
  | 'ranks'
  | 'coresPerRank'
  | 'memoryPerRankBytes'
  | 'timeLimitMs';
type Optional =
  | 'nodes'
  | 'ranksPerNode'
  | 'nodeList'
  | 'excluded'
  | 'exclusive'
  | 'constraint'
  | 'gres'
  | 'licenses'
  | 'distribution'
  | 'contiguous'
  | 'uniform'
  | 'minTimeMs'
  | 'deadlineMs'
  | 'nice'
  | 'qos'
  | 'reservation'
  | 'ranksRange'
  | 'dependency';
type Emptied = 'beginMs' | 'comment';

export type JobChanges = {
  readonly set: Partial<Pick<JobRequest, Required | Optional | Emptied>>;
  /** Back to what it is for a job that never said it. */
  readonly clear: readonly (Optional | Emptied)[];
  /** Array tasks at once; 0: no throttle. */
  readonly throttle?: number;
};

export type ChangedField = Required | Optional | Emptied | 'throttle';

/** The key of job.yaml that says it; `array-throttle` is one of `pictl update` alone. */
export const FIELD_KEYS: Readonly<Record<ChangedField, string>> = {
  name: 'name',
  partition: 'partition',
  account: 'account',
  ranks: 'ranks',
  ranksRange: 'ranks',
  coresPerRank: 'cores-per-rank',
  memoryPerRankBytes: 'memory-per-rank',
  timeLimitMs: 'time',
  minTimeMs: 'min-time',
  beginMs: 'begin',
  deadlineMs: 'deadline',
  nodes: 'nodes',
  ranksPerNode: 'ranks-per-node',
  exclusive: 'exclusive',
  constraint: 'constraint',
  gres: 'gres',
  licenses: 'licenses',
  nodeList: 'nodelist',
  excluded: 'exclude',
  distribution: 'distribution',
  contiguous: 'contiguous',
  uniform: 'uniform',
  nice: 'nice',
  qos: 'qos',
  reservation: 'reservation',
  dependency: 'dependency',
  comment: 'comment',
  throttle: 'array-throttle',
};

const isField = (name: string): name is ChangedField => name in FIELD_KEYS;

/** By their keys, once. */
export function changedKeys({ set, clear, throttle }: JobChanges): readonly string[] {
  const fields = [...Object.keys(set).filter(isField), ...clear];
  const keys = fields.map((field) => FIELD_KEYS[field]);
  return [...new Set([...keys, ...(throttle === undefined ? [] : [FIELD_KEYS.throttle])])];
}

export function applyChanges(request: JobRequest, changes: JobChanges): JobRequest {
  const { throttle } = changes;
  const next: { -readonly [Key in keyof JobRequest]: JobRequest[Key] } = {
    ...request,
    ...changes.set,
  };
  for (const field of changes.clear) {
    if (field === 'beginMs' || field === 'comment') next[field] = undefined;
    else delete next[field];
  }
  if (throttle !== undefined && request.array) {
    next.array = { ...request.array, throttle: throttle === 0 ? undefined : throttle };
  }
  return next;
}
