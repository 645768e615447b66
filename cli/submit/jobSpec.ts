/**
 * A resolved job as the scheduler takes it: the kernel bundled, kernel and inputs in the object
 * store under their sha256 (what is there already is not sent again), params as JSON.
 */
import { hostname } from 'node:os';
import { basename } from 'node:path';
import type { Bus } from '../../proto/bus.ts';
import { encodeMessage, pibatch } from '../../proto/codec.ts';
import { wishesMessage } from '../../scheduler/live/wishes.ts';
import { CommandFailure, EXIT } from '../failure.ts';
import { formatBytes } from '../format/bytes.ts';
import { compressIndexSet } from '../format/ranges.ts';
import type { KernelBundle } from '../jobFile/bundle.ts';
import { type InputFile, readInput, sha256Of } from '../jobFile/inputs.ts';
import { JOB_LIMITS } from '../jobFile/limits.ts';
import type { ResolvedJob } from '../jobFile/resolve.ts';

import { dependencySpec } from './dependencySpec.ts';

export type JobSpec = pibatch.JobSpec.$Properties;
type Blobs = Pick<Bus, 'putBlob' | 'hasBlob'>;

/** Bundled before anything is sent: a kernel that does not compile changes nothing. */
export async function bundleOf(job: ResolvedJob): Promise<KernelBundle | undefined> {
  if (job.program.kind !== 'kernel') return undefined;
  const { bundleKernel } = await import('../jobFile/bundle.ts');
  return bundleKernel(job.program);
}

/** Errors: InputError, CommandFailure, those of the object store. */
export async function makeJobSpec(
  job: ResolvedJob,
  bundle: KernelBundle | undefined,
  blobs: Blobs,
): Promise<JobSpec> {
  const spec: JobSpec = {
    ...plainFields(job),
    ...programOf(job, bundle && (await store(bundle.code, blobs)), bundle),
    inputs: await storeInputs(job.inputs, blobs),
  };
  checkSize(spec);
  return spec;
}

const plainFields = (job: ResolvedJob) => ({
  name: job.name,
  ranks: job.ranks,
  coresPerRank: job.coresPerRank,
  memoryPerRankBytes: job.memoryPerRankBytes,
  timeLimitMs: job.timeLimitMs,
  partition: job.partition,
  account: job.account,
  beginMs: job.beginMs ?? null,
  hold: job.hold,
  dependency: job.dependency ? dependencySpec(job.dependency) : null,
  requeue: job.requeue,
  endSignal: job.endSignal ?? null,
  wishes: wishesMessage(job.wishes) ?? null,
  array: job.array
    ? { tasks: compressIndexSet(job.array.indexes), throttle: job.array.throttle ?? null }
    : null,
  size: job.size ?? null,
  group: job.group ?? '',
  comment: job.comment ?? '',
  paramsJson: JSON.stringify(job.params),
  environment: { ...job.environment },
  outputs: [...job.outputs],
  submitDirectory: process.cwd(),
  submitHost: hostname(),
});

function programOf(
  { program }: ResolvedJob,
  sha256: string | undefined,
  bundle: KernelBundle | undefined,
): Pick<JobSpec, 'kernel' | 'command' | 'script'> {
  if (program.kind === 'command') return { command: { args: [...program.args] } };
  if (program.kind === 'script') {
    return { script: { text: program.text, args: [...program.args] } };
  }
  return { kernel: { sha256: sha256 ?? '', file: basename(bundle?.file ?? program.file) } };
}

async function store(bytes: Uint8Array, blobs: Blobs): Promise<string> {
  const sha256 = sha256Of(bytes);
  if (!(await blobs.hasBlob(sha256))) await blobs.putBlob(bytes);
  return sha256;
}

async function storeInputs(
  inputs: readonly InputFile[],
  blobs: Blobs,
): Promise<pibatch.FileRef.$Properties[]> {
  const refs: pibatch.FileRef.$Properties[] = [];
  for (const input of inputs) {
    const bytes = readInput(input);
    const { path, executable } = input;
    refs.push({ path, executable, sha256: await store(bytes, blobs), sizeBytes: bytes.length });
  }
  return refs;
}

const ARRAY_TASKS = 'the list of array tasks';

/** A request must fit into one message; says what makes it large. */
function checkSize(spec: JobSpec): void {
  const sizes: readonly (readonly [string, number])[] = [
    ['script', spec.script?.text?.length ?? 0],
    ['command', spec.command?.args?.join(' ').length ?? 0],
    ['params', spec.paramsJson?.length ?? 0],
    ['env', JSON.stringify(spec.environment ?? {}).length],
    [
      'the list of inputs',
      (spec.inputs ?? []).reduce((sum, { path }) => sum + 90 + (path?.length ?? 0), 0),
    ],
    [ARRAY_TASKS, spec.array?.tasks?.length ?? 0],
  ];
  const most = JOB_LIMITS.requestBytes;
  const guess = sizes.reduce((sum, [, size]) => sum + size, 0);
  const total = guess > most ? guess : encodeMessage(pibatch.JobSpec, spec).length;
  if (total <= most) return;
  const [largest] = [...sizes].sort((a, b) => b[1] - a[1]);
  const instead =
    largest?.[0] === ARRAY_TASKS ? 'give ranges, or split the array' : 'ship large data as inputs';
  throw new CommandFailure(
    EXIT.badInput,
    `the job takes ${formatBytes(total)} as a request, above the limit of ${formatBytes(most)}; ` +
      `largest is ${largest?.[0]} (${formatBytes(largest?.[1] ?? 0)}): ${instead}`,
  );
}
