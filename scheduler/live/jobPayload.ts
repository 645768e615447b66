import type { pibatch } from '../../proto/codec.ts';
import type { FileRef, JobPayload, Program } from '../model/request.ts';
import * as check from './fieldCheck.ts';

/** What a job runs and carries along, from the wire. Throws RefusedError naming the field. */
type Spec = pibatch.JobSpec.$Properties;

const MOST_ARGUMENTS = 4_096;
const LONGEST_ARGUMENT = 131_072;
const LONGEST_SCRIPT = 160_000;
const MOST_PARAMS = 65_536;
const MOST_VARIABLES = 512;
const MOST_ENVIRONMENT_BYTES = 65_536;
const MOST_INPUTS = 1_000;
const MOST_OUTPUTS = 256;

export function program(spec: Spec): Program {
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

export function payload(spec: Spec): JobPayload {
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
