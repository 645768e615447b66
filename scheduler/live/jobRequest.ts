import { compressIndexSet, indexCount, parseIndexSet } from '../../cli/format/ranges.ts';
import type { pibatch } from '../../proto/codec.ts';
import type { Settings } from '../model/cluster.ts';
import type { ArrayRequest, EndSignal, JobRequest, Wishes } from '../model/request.ts';
import { MINUTE_MS, timeMs } from '../model/time.ts';
import { dependency, dependencyMessage } from './dependencyRow.ts';
import * as check from './fieldCheck.ts';
import { payload, program } from './jobPayload.ts';
import { wishes, wishesMessage } from './wishes.ts';

/**
 * JobSpec <-> JobRequest. What comes in was written by anybody: every field is checked and
 * every default filled in here, once. Throws RefusedError naming the field.
 */
type Spec = pibatch.JobSpec.$Properties;

const MOST_RANKS = 65_536;
const MOST_CORES_PER_RANK = 1_024;
const MOST_MEMORY_BYTES = 2 ** 50;
const LONGEST_TIME_MS = 10 * 365 * 86_400_000;
const LARGEST_TASK_INDEX = 4_000_000;
const LONGEST_TASK_TEXT = 160_000;

export function jobRequest(spec: Spec | null | undefined, settings: Settings): JobRequest {
  if (!spec) check.refuse('spec', 'nothing', 'a job specification');
  const partition =
    check.line('partition', spec.partition, 64) || (settings.partitions[0]?.name ?? '');
  const beginMs = check.optionalInteger('begin', spec.beginMs, check.ANY_COUNT);
  const timeLimitMs = timeLimit(spec, settings, partition);
  const asked = wishes(spec.wishes ?? {});
  const size = spec.size ?? undefined;
  const waitsFor = spec.dependency && dependency(spec.dependency, Boolean(spec.array));
  return {
    name: check.matching(
      'name',
      spec.name,
      /^[^\p{Cc}/]{1,128}$/u,
      '1 to 128 characters without / and control characters',
    ),
    program: program(spec),
    ranks: check.integer('ranks', spec.ranks || (asked.ranksRange?.most ?? 1), {
      least: 1,
      most: MOST_RANKS,
    }),
    coresPerRank: check.integer('cores-per-rank', spec.coresPerRank || 1, {
      least: 1,
      most: MOST_CORES_PER_RANK,
    }),
    memoryPerRankBytes: check.integer('memory-per-rank', spec.memoryPerRankBytes ?? 0, {
      least: 0,
      most: MOST_MEMORY_BYTES,
    }),
    timeLimitMs,
    partition,
    account: check.line('account', spec.account, 64) || 'default',
    beginMs: beginMs === undefined ? undefined : timeMs(beginMs),
    hold: spec.hold ?? false,
    ...(waitsFor && { dependency: waitsFor }),
    requeue: spec.requeue ?? false,
    ...minimumTime(spec, asked, timeLimitMs),
    ...asked,
    ...(spec.endSignal && { endSignal: endSignal(spec.endSignal) }),
    array: spec.array ? arrayRequest(spec.array, settings.maxArrayTasks) : undefined,
    size:
      size === undefined
        ? undefined
        : check.finite('size', size, { least: Number.MIN_VALUE, most: Number.MAX_VALUE }),
    group: check.line('group', spec.group, 128) || undefined,
    comment: check.line('comment', spec.comment, 1_024) || undefined,
    payload: payload(spec),
  };
}

/** Absent: the default of the partition, else the longest it allows. */
function timeLimit(spec: Spec, settings: Settings, partition: string): number {
  const { defaultTimeMs, maxTimeMs } =
    settings.partitions.find(({ name }) => name === partition) ?? {};
  const given = spec.timeLimitMs || defaultTimeMs || maxTimeMs || LONGEST_TIME_MS;
  return check.integer('time', given, { least: 1, most: LONGEST_TIME_MS });
}

/** Who names a deadline but no time limit can do with what is left until then. */
function minimumTime(spec: Spec, asked: Wishes, timeLimitMs: number): Wishes {
  if (asked.deadlineMs === undefined || spec.timeLimitMs) return {};
  return { minTimeMs: Math.min(MINUTE_MS, timeLimitMs) };
}

export function arrayRequest(
  array: pibatch.ArraySpec.$Properties,
  mostTasks: number,
): ArrayRequest {
  const given = arrayIndexes(array, mostTasks);
  if (given.length === 0) check.refuse('array', 'no tasks', `1 to ${mostTasks} tasks`);
  const indexes = [...new Set(given)].sort((a, b) => a - b);
  for (const index of indexes)
    check.integer('array', index, { least: 0, most: LARGEST_TASK_INDEX });
  const throttle = array.throttle ?? undefined;
  return {
    indexes,
    throttle:
      throttle === undefined
        ? undefined
        : check.integer('array', throttle, { least: 1, most: 1_000_000 }),
  };
}

function arrayIndexes(
  { tasks, indexes }: pibatch.ArraySpec.$Properties,
  mostTasks: number,
): readonly number[] {
  const text = check.block('array', tasks, LONGEST_TASK_TEXT);
  const count = text === '' ? (indexes?.length ?? 0) : indexCount(text);
  if (count > mostTasks)
    throw new check.RefusedError({ code: 'arrayTooLarge', tasks: count, limit: mostTasks });
  if (text === '') return indexes ?? [];
  const read = parseIndexSet(text, { largestIndex: LARGEST_TASK_INDEX, mostIndices: mostTasks });
  return read.ok ? read.value : check.refuse('array', text, `tasks (${read.message})`);
}

/** A day early is early enough; Slurm's bound is 65535 s. */
function endSignal(wire: pibatch.EndSignal.$Properties): EndSignal {
  return {
    number: check.integer('signal', wire.number, { least: 1, most: 64 }),
    beforeMs: check.integer('signal', wire.beforeMs ?? 0, { least: 0, most: 65_535_000 }),
  };
}

/** The wire form, as nodes get it. */
export function jobSpec(request: JobRequest): Spec {
  const { payload: carried, program: run } = request;
  const asked = wishesMessage(request);
  return {
    name: request.name,
    ...(run.kind === 'kernel' && { kernel: { sha256: run.sha256, file: run.file } }),
    ...(run.kind === 'command' && { command: { args: [...run.args] } }),
    ...(run.kind === 'script' && { script: { text: run.text, args: [...run.args] } }),
    ranks: request.ranks,
    coresPerRank: request.coresPerRank,
    memoryPerRankBytes: request.memoryPerRankBytes,
    timeLimitMs: request.timeLimitMs,
    partition: request.partition,
    account: request.account,
    requeue: request.requeue,
    group: request.group ?? '',
    comment: request.comment ?? '',
    ...(request.size !== undefined && { size: request.size }),
    ...(asked && { wishes: asked }),
    ...(request.endSignal && { endSignal: { ...request.endSignal } }),
    ...(request.dependency && { dependency: dependencyMessage(request.dependency) }),
    ...(request.array && {
      array: {
        tasks: compressIndexSet(request.array.indexes),
        ...(request.array.throttle !== undefined && { throttle: request.array.throttle }),
      },
    }),
    paramsJson: carried.params,
    environment: { ...carried.environment },
    inputs: carried.inputs.map((file) => ({ ...file })),
    outputs: [...carried.outputs],
    submitDirectory: carried.submitDirectory,
    submitHost: carried.submitHost,
  };
}
