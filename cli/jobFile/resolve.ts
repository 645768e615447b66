/**
 * A job with every default filled in, as `pisub --dry-run` prints it. Empty texts and zeros are
 * for the scheduler to fill in: partition, account, time limit, memory.
 */
import { basename, extname } from 'node:path';
import type { DependencyText } from '../format/dependency.ts';
import type { ScheduleRule } from '../../scheduler/model/schedule.ts';
import { contradiction } from '../../scheduler/model/contradiction.ts';
import type { EndSignal, Wishes } from '../../scheduler/model/request.ts';
import { timeMs } from '../../scheduler/model/time.ts';
import { refusalSentence } from '../format/refusal.ts';
import type { ArrayDraft, JobDraft, ProgramDraft } from './draft.ts';
import { findInputs, type InputFile } from './inputs.ts';

export type ResolvedJob = {
  readonly name: string;
  readonly program: ProgramDraft;
  readonly ranks: number;
  readonly coresPerRank: number;
  readonly memoryPerRankBytes: number;
  readonly timeLimitMs: number;
  readonly partition: string;
  readonly account: string;
  readonly beginMs: number | undefined;
  readonly wishes: Wishes;
  readonly dependency: DependencyText | undefined;
  readonly hold: boolean;
  readonly requeue: boolean;
  readonly endSignal: EndSignal | undefined;
  readonly array: ArrayDraft | undefined;
  readonly schedule: ScheduleRule | undefined;
  readonly params: unknown;
  readonly inputs: readonly InputFile[];
  readonly outputs: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly size: number | undefined;
  readonly comment: string | undefined;
  readonly group: string | undefined;
};

/** Parts of a job that do not go together. */
export class JobConflictError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'JobConflictError';
  }
}

/** Errors: JobConflictError, InputError. */
export function resolveJob(draft: JobDraft, workingFolder: string): ResolvedJob {
  const { program } = draft;
  if (!program) throw new JobConflictError('nothing to run: no kernel, command or script is given');
  const folder = draft.folder ?? workingFolder;
  const ranks = draft.ranks ?? ranksOf(draft);
  const coresPerRank = draft.coresPerRank ?? 1;
  const name = draft.name ?? nameOf(program);
  if (draft.schedule && draft.array) {
    throw new JobConflictError('a recurring job (schedule) cannot be an array as well; choose one');
  }
  if (draft.schedule && draft.beginMs !== undefined) {
    throw new JobConflictError('a recurring job begins when its schedule says; leave out begin');
  }
  if (draft.schedule && draft.dependency) {
    throw new JobConflictError('a recurring job cannot wait for others; leave out dependency');
  }
  if (draft.schedule && draft.deadlineMs !== undefined) {
    throw new JobConflictError('the runs of a recurring job have no one deadline; leave it out');
  }
  const corr = draft.dependency?.terms.some(({ kind }) => kind === 'aftercorr');
  if (corr && !draft.array) {
    throw new JobConflictError(
      'aftercorr pairs the tasks of two arrays; give array, or use afterok',
    );
  }
  const timeLimitMs = draft.timeLimitMs ?? 0;
  const asked = wishesOf(draft);
  const wrong = contradiction({ ranks, timeLimitMs, beginMs: momentOf(draft.beginMs), ...asked });
  if (wrong) throw new JobConflictError(refusalSentence(wrong));
  return {
    name,
    program,
    ranks,
    coresPerRank,
    memoryPerRankBytes: memoryPerRank(draft, { ranks, coresPerRank }),
    timeLimitMs,
    partition: draft.partition ?? '',
    account: draft.account ?? '',
    beginMs: draft.beginMs,
    wishes: asked,
    dependency: draft.dependency,
    hold: draft.hold ?? false,
    requeue: draft.requeue ?? true,
    endSignal: draft.endSignal,
    array: draft.array,
    schedule: resolveSchedule(draft.schedule),
    params: resolveParams(draft),
    inputs: findInputs(folder, draft.inputs ?? []),
    outputs: draft.outputs ?? [],
    environment: draft.environment ?? {},
    size: draft.size,
    comment: draft.comment,
    group: draft.group,
  };
}

const momentOf = (atMs: number | undefined) => (atMs === undefined ? undefined : timeMs(atMs));

export function wishesOf(draft: JobDraft): Wishes {
  const deadlineMs = momentOf(draft.deadlineMs);
  const given = {
    nodes: draft.nodes,
    ranksPerNode: draft.ranksPerNode,
    exclusive: draft.exclusive,
    nodeList: draft.nodeList,
    excluded: draft.excluded,
    constraint: draft.constraint,
    gres: draft.gres,
    licenses: draft.licenses,
    distribution: draft.distribution,
    contiguous: draft.contiguous,
    uniform: draft.uniform,
    minTimeMs: draft.minTimeMs,
    deadlineMs,
    nice: draft.nice,
    qos: draft.qos,
    reservation: draft.reservation,
    ranksRange: draft.ranksRange,
  };
  return withoutAbsent(given);
}

type Present<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

function withoutAbsent<T extends object>(given: T): Present<T> {
  const present: Present<T> = { ...given };
  for (const key in present) if (present[key] === undefined) delete present[key];
  return present;
}

/** As in Slurm: one on each of the nodes asked for, or as many as each is to hold. */
const ranksOf = ({ nodes, nodeList, ranksPerNode }: JobDraft): number =>
  nodes || nodeList ? (nodes?.least ?? nodeList?.length ?? 1) * (ranksPerNode ?? 1) : 1;

function nameOf(program: ProgramDraft): string {
  if (program.kind === 'kernel') return basename(program.file, extname(program.file));
  if (program.kind === 'command') return basename(program.args[0] ?? 'command');
  return 'script';
}

function memoryPerRank(
  { memory, nodes, ranksPerNode }: JobDraft,
  { ranks, coresPerRank }: { readonly ranks: number; readonly coresPerRank: number },
): number {
  if (!memory) return 0;
  if (memory.per === 'core') return memory.bytes * coresPerRank;
  if (memory.per === 'rank') return memory.bytes;
  const onOneNode = Math.min(ranks, ranksPerNode ?? Math.ceil(ranks / (nodes?.least ?? 1)));
  return Math.ceil(memory.bytes / onOneNode);
}

function resolveSchedule(draft: JobDraft['schedule']): ScheduleRule | undefined {
  if (!draft) return undefined;
  if (draft.cron === undefined) {
    throw new JobConflictError('timezone, overlap and missed belong to a schedule; give its cron');
  }
  return {
    cron: draft.cron,
    timezone: draft.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    overlap: draft.overlap ?? 'skip',
    missed: draft.missed ?? 'skip',
  };
}

function resolveParams({ params, paramMembers }: JobDraft): unknown {
  if (paramMembers === undefined) return params ?? {};
  if (params === undefined || params === null) return paramMembers;
  if (typeof params !== 'object' || Array.isArray(params)) {
    throw new JobConflictError('--param names a member, but the params given are not an object');
  }
  return { ...params, ...paramMembers };
}
