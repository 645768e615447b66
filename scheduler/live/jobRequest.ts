import type { pibatch } from '../../proto/codec.ts';
import type { Settings } from '../model/cluster.ts';
import type { ArrayRequest, FileRef, JobPayload, JobRequest, Program } from '../model/request.ts';
import { timeMs } from '../model/time.ts';
import { dependency } from './dependencyRow.ts';
import * as check from './fieldCheck.ts';

/**
 * JobSpec <-> JobRequest. What comes in was written by anybody: every field is checked and
 * every default filled in here, once. Throws RefusedError naming the field.
 */
type Spec = pibatch.JobSpec.$Properties;

const MOST_RANKS = 65_536;
const MOST_CORES_PER_RANK = 1_024;
const MOST_MEMORY_BYTES = 2 ** 50;
const LONGEST_TIME_MS = 10 * 365 * 86_400_000;
const MOST_ARGUMENTS = 4_096;
const LONGEST_ARGUMENT = 131_072;
const LONGEST_SCRIPT = 160_000;
const MOST_PARAMS = 65_536;
const MOST_VARIABLES = 512;
const MOST_ENVIRONMENT_BYTES = 65_536;
const MOST_INPUTS = 1_000;
const MOST_OUTPUTS = 256;
const LARGEST_TASK_INDEX = 4_000_000;

export function jobRequest(spec: Spec | null | undefined, settings: Settings): JobRequest {
  if (!spec) check.refuse('spec', 'nothing', 'a job specification');
  const partition =
    check.line('partition', spec.partition, 64) || (settings.partitions[0]?.name ?? '');
  const longest = settings.partitions.find(({ name }) => name === partition)?.maxTimeMs;
  const beginMs = check.optionalInteger('begin', spec.beginMs, check.ANY_COUNT);
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
    ranks: check.integer('ranks', spec.ranks || 1, { least: 1, most: MOST_RANKS }),
    coresPerRank: check.integer('cores-per-rank', spec.coresPerRank || 1, {
      least: 1,
      most: MOST_CORES_PER_RANK,
    }),
    memoryPerRankBytes: check.integer('memory-per-rank', spec.memoryPerRankBytes ?? 0, {
      least: 0,
      most: MOST_MEMORY_BYTES,
    }),
    timeLimitMs: check.integer('time', spec.timeLimitMs || (longest ?? LONGEST_TIME_MS), {
      least: 1,
      most: LONGEST_TIME_MS,
    }),
    partition,
    account: check.line('account', spec.account, 64) || 'default',
    beginMs: beginMs === undefined ? undefined : timeMs(beginMs),
    hold: spec.hold ?? false,
    ...(waitsFor && { dependency: waitsFor }),
    requeue: spec.requeue ?? false,
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

function program(spec: Spec): Program {
  if (spec.kernel)
    return {
      kind: 'kernel',
      sha256: check.sha256('kernel', spec.kernel.sha256),
      file: check.matching('kernel', spec.kernel.file, /^[^\p{Cc}/]{1,255}$/u, 'a file name'),
    };
  if (spec.command) {
    const args = programArguments('command', spec.command.args);
    if (!args[0]) check.refuse('command', args, 'a program to run, then its arguments');
    return { kind: 'command', args };
  }
  if (spec.script) {
    const text = check.block('script', spec.script.text, LONGEST_SCRIPT);
    if (text.trim() === '') check.refuse('script', text, 'a script that is not empty');
    return { kind: 'script', text, args: programArguments('script', spec.script.args) };
  }
  return check.refuse('program', 'nothing', 'one of kernel, command, script');
}

function programArguments(field: string, args: readonly string[] | null | undefined): string[] {
  return check
    .listOf(field, args, MOST_ARGUMENTS)
    .map((value) => check.block(field, value, LONGEST_ARGUMENT));
}

function arrayRequest(array: pibatch.ArraySpec.$Properties, mostTasks: number): ArrayRequest {
  const given = check.listOf('array', array.indexes, mostTasks);
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

function payload(spec: Spec): JobPayload {
  const params = check.block('params', spec.paramsJson, MOST_PARAMS) || '{}';
  try {
    JSON.parse(params);
  } catch {
    check.refuse('params', params, 'valid JSON');
  }
  const inputs = check.listOf('inputs', spec.inputs, MOST_INPUTS).map(fileRef);
  const paths = new Set<string>();
  for (const { path } of inputs) {
    if (paths.has(path)) check.refuse('inputs', path, 'every path once');
    paths.add(path);
  }
  return {
    params,
    environment: environment(spec.environment ?? {}),
    inputs,
    outputs: check
      .listOf('outputs', spec.outputs, MOST_OUTPUTS)
      .map((pattern) => check.innerPath('outputs', pattern)),
    submitDirectory: check.line('submit directory', spec.submitDirectory, 4_096),
    submitHost: check.line('submit host', spec.submitHost, 255),
  };
}

function environment(given: Readonly<Record<string, string>>): Record<string, string> {
  const entries = check.listOf('env', Object.entries(given), MOST_VARIABLES);
  let bytes = 0;
  for (const [name, value] of entries) {
    check.matching('env', name, /^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'names of A-Z a-z 0-9 _');
    check.block(`env.${name}`, value, MOST_ENVIRONMENT_BYTES);
    bytes += name.length + value.length;
  }
  if (bytes > MOST_ENVIRONMENT_BYTES)
    check.refuse('env', `${bytes} bytes`, `at most ${MOST_ENVIRONMENT_BYTES} bytes in all`);
  return Object.fromEntries(entries);
}

function fileRef(file: pibatch.FileRef.$Properties): FileRef {
  return {
    path: check.innerPath('inputs', file.path),
    sha256: check.sha256('inputs', file.sha256),
    sizeBytes: check.integer('inputs', file.sizeBytes ?? 0, check.ANY_COUNT),
    executable: file.executable ?? false,
  };
}

/** The wire form, as nodes get it. */
export function jobSpec(request: JobRequest): Spec {
  const { payload: carried, program: run } = request;
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
    ...(request.array && {
      array: {
        indexes: [...request.array.indexes],
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
