/**
 * job.yaml to a draft. Every complaint carries line and column, the value, the limit and, for an
 * unknown key, the nearest known one; all complaints are reported at once.
 */
import type { z } from 'zod';
import { didYouMean } from '../format/nearest.ts';
import { addTo, type JobDraft, type ProgramDraft } from './draft.ts';
import { JOB_KEYS, type KeyContext, MEMORY_KEYS, ONE_MEMORY } from './keys.ts';
import { variableName } from './keyReader.ts';
import { type Complaint, JobFileError, shownValue } from './place.ts';
import { JOB_FILE_KEYS, type JobFile, jobFileSchema, SCHEDULE_KEYS, SPAN_KEYS } from './schema.ts';
import { readYaml, type YamlPath, type YamlText } from './yamlText.ts';

export type JobYamlContext = KeyContext & { readonly folder: string };

/** Errors: JobFileError. */
export function readJobYaml(file: string, text: string, context: JobYamlContext): JobDraft {
  const yaml = readYaml(file, text);
  if (yaml.data === null) {
    throw new JobFileError(file, [{ line: 1, column: 1, message: 'the file says nothing' }]);
  }
  const checked = jobFileSchema.safeParse(yaml.data);
  if (!checked.success) {
    const complaints = checked.error.issues.flatMap((issue) => explain(issue, yaml));
    throw new JobFileError(file, complaints);
  }
  const complaints: Complaint[] = [];
  const complain = (path: YamlPath, message: string): void => {
    complaints.push({ ...yaml.valueAt(path), message });
  };
  const [, second] = MEMORY_KEYS.filter((name) => name in checked.data);
  if (second) complain([second], `${second}: ${ONE_MEMORY}`);
  const program = readProgram(checked.data, context.folder, complain);
  let draft: JobDraft = {
    folder: context.folder,
    ...(program ? { program } : {}),
    ...readParams(checked.data, complain),
    ...readEnvironment(checked.data, yaml, complain),
  };
  for (const { name, path, text: valueText } of valuesOf(checked.data, yaml)) {
    const key = JOB_KEYS.find((known) => known.name === name);
    const read = key?.read(valueText, context);
    if (read?.ok) draft = addTo(draft, read.value);
    else if (read) complain(path, `${path.filter(isName).join('.')}: ${read.message}`);
  }
  if (complaints.length > 0) throw new JobFileError(file, complaints);
  return draft;
}

const isName = (step: string | number): step is string => typeof step === 'string';

type KeyText = { readonly name: string; readonly path: YamlPath; readonly text: string };

/** Every value that a reader of keys.ts looks into, as text. */
function valuesOf(job: JobFile, yaml: YamlText): KeyText[] {
  const { schedule, params: _params, env: _env, ...rest } = job;
  const values: KeyText[] = [];
  for (const [name, value] of [...Object.entries(rest), ...Object.entries(schedule ?? {})]) {
    const base: YamlPath = name in rest ? [name] : ['schedule', name];
    const items =
      Array.isArray(value) && name !== 'array'
        ? value.map((item, index) => [index, item] as const)
        : [];
    for (const [index, item] of items) {
      values.push({ name, path: [...base, index], text: String(item) });
    }
    if (name === 'array' && Array.isArray(value)) {
      values.push({ name, path: base, text: value.join(',') });
    } else if (typeof value === 'number') {
      values.push({ name, path: base, text: yaml.textAt(base) ?? String(value) });
    } else if (typeof value === 'string' || typeof value === 'boolean') {
      values.push({ name, path: base, text: String(value) });
    } else if (isSpan(value)) {
      values.push({ name, path: base, text: `${value.min}-${value.max}` });
    }
  }
  return values;
}

const isSpan = (value: unknown): value is { readonly min: number; readonly max: number } =>
  typeof value === 'object' && value !== null && 'min' in value && 'max' in value;

type Complain = (path: YamlPath, message: string) => void;

function readProgram(job: JobFile, folder: string, complain: Complain): ProgramDraft | undefined {
  const given = (['kernel', 'command', 'script'] as const).filter((name) => name in job);
  if (given.length !== 1) {
    const said = given.length === 0 ? 'none is given' : `given: ${given.join(' and ')}`;
    complain(given.slice(1, 2), `exactly one of kernel, command and script is needed; ${said}`);
    return undefined;
  }
  if (job.kernel !== undefined) return { kind: 'kernel', file: job.kernel, folder };
  if (job.script !== undefined) {
    return { kind: 'script', text: withInterpreter(job.script), args: [] };
  }
  const args = (job.command ?? []).map(String);
  args.forEach((word, index) => {
    if (word.includes('\0')) complain(['command', index], 'command: a NUL character');
  });
  if (args[0] === '') complain(['command', 0], 'command: an empty program name');
  return { kind: 'command', args };
}

export const withInterpreter = (script: string): string =>
  script.startsWith('#!') ? script : `#!/bin/sh\n${script}${script.endsWith('\n') ? '' : '\n'}`;

function readParams(job: JobFile, complain: Complain): JobDraft {
  if (!('params' in job)) return {};
  const odd = notJson(job.params, ['params']);
  if (odd) complain(odd, 'params: a number that JSON cannot hold (infinite or NaN)');
  return { params: job.params };
}

function notJson(value: unknown, path: YamlPath): YamlPath | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : path;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, member] of Object.entries(value)) {
    const odd = notJson(member, [...path, Array.isArray(value) ? Number(name) : name]);
    if (odd) return odd;
  }
  return undefined;
}

function readEnvironment(job: JobFile, yaml: YamlText, complain: Complain): JobDraft {
  if (!job.env) return {};
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(job.env)) {
    const path = ['env', name];
    const known = variableName(name);
    if (!known.ok) complain(path, `env: ${known.message}`);
    const text = typeof value === 'string' ? value : (yaml.textAt(path) ?? String(value));
    if (text.includes('\0')) complain(path, `env.${name}: a NUL character`);
    environment[name] = text;
  }
  return { environment };
}

/** zod calls these numbers when they are no numbers at all. */
const WHOLE_NUMBERS: ReadonlySet<string> = new Set([
  ...[...SPAN_KEYS].flatMap((name) => [name, `${name}.min`, `${name}.max`]),
  'cores-per-rank',
  'ranks-per-node',
  'nice',
]);

/** A schema issue in words, at its place. */
function explain(issue: z.core.$ZodIssue, yaml: YamlText): Complaint[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  const label = path.filter(isName).join('.');
  const at = (message: string): Complaint => ({
    ...yaml.valueAt(path),
    message: label === '' ? message : `${label}: ${message}`,
  });
  if (issue.code === 'unrecognized_keys') {
    const known =
      path.length === 0 ? JOB_FILE_KEYS : path[0] === 'schedule' ? SCHEDULE_KEYS : ['min', 'max'];
    return issue.keys.map((name) => ({
      ...yaml.keyAt([...path, name]),
      message: `unknown key '${name}'${didYouMean(name, known) || ` (known: ${known.join(', ')})`}`,
    }));
  }
  const given = valueOf(yaml.data, path);
  if (issue.code === 'invalid_union' && SPAN_KEYS.has(label)) {
    const map = typeof given === 'object' && given !== null && !Array.isArray(given);
    return (issue.errors[map ? 1 : 0] ?? []).flatMap((inner) =>
      explain({ ...inner, path: [...issue.path, ...inner.path] }, yaml),
    );
  }
  const value = shownValue(given);
  switch (issue.code) {
    case 'invalid_format':
      return [at(`must be ${kindName('int')}, not ${value}`)];
    case 'invalid_type': {
      const expected = WHOLE_NUMBERS.has(label) ? 'int' : issue.expected;
      if (path.length === 0)
        return [at('not a job: keys such as name, kernel and ranks are needed')];
      return [at(`must be ${kindName(expected)}, not ${value}${hintFor(path, expected)}`)];
    }
    case 'invalid_union':
      return [at(`must be text or a number, not ${value}`)];
    case 'too_small':
      return [
        at(
          `must be ${issue.inclusive === false ? 'above' : 'at least'} ${issue.minimum}, not ${value}`,
        ),
      ];
    case 'too_big':
      return [at(`must be at most ${issue.maximum}, not ${value}`)];
    case 'invalid_value':
      return [at(`must be one of ${issue.values.join(', ')}, not ${value}`)];
    default:
      return [at(`${issue.message}: ${value}`)];
  }
}

function hintFor(path: YamlPath, expected: string): string {
  if (path[0] === 'command' && path.length === 1) {
    return '; write command: [program, argument], or script: for a shell line';
  }
  return expected === 'string' ? '; quote it' : '';
}

function kindName(expected: string): string {
  const names: Readonly<Record<string, string>> = {
    string: 'text',
    int: 'a whole number',
    number: 'a number',
    boolean: 'true or false',
    array: 'a list',
    object: 'a map of keys',
    record: 'a map of keys',
  };
  return names[expected] ?? expected;
}

function valueOf(data: unknown, path: YamlPath): unknown {
  let value = data;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.entries(value).find(([name]) => name === String(step))?.[1];
  }
  return value;
}
