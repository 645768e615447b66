/**
 * The fields of a run measured elsewhere, as text (CSV) or as JSON values, each checked once. The one
 * table of names, so that both formats know the same fields and name them in errors.
 */
import type { SpeedupRun } from './run.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
export type RunDraft = Mutable<Partial<SpeedupRun>>;

export type RunField = {
  readonly name: string;
  readonly other: readonly string[];
  /** Sets the field, or answers what is wrong with the value. */
  readonly set: (draft: RunDraft, value: unknown) => string | undefined;
};

const LARGEST_RANKS = 1_000_000;

function countField(
  name: 'ranks' | 'nodes' | 'ranksPerNode' | 'threadsPerRank',
  other: readonly string[],
): RunField {
  return {
    name,
    other,
    set: (draft, value) => {
      const number = asNumber(value);
      if (number === undefined) return 'is not a number';
      if (!Number.isInteger(number) || number < 1) return 'is not a whole number above 0';
      if (number > LARGEST_RANKS) return `is above the largest, ${LARGEST_RANKS}`;
      draft[name] = number;
      return undefined;
    },
  };
}

function positiveField(name: 'seconds' | 'joules', other: readonly string[]): RunField {
  return {
    name,
    other,
    set: (draft, value) => {
      const number = asNumber(value);
      if (number === undefined) return 'is not a number';
      if (number <= 0) return 'is not above 0';
      draft[name] = number;
      return undefined;
    },
  };
}

function textField(
  name: 'id' | 'app' | 'version' | 'model' | 'state',
  other: readonly string[],
): RunField {
  return {
    name,
    other,
    set: (draft, value) => {
      if (typeof value !== 'string' && typeof value !== 'number') return 'is not a text';
      draft[name] = name === 'state' ? String(value).trim().toUpperCase() : String(value).trim();
      return undefined;
    },
  };
}

function flagField(name: 'throttled' | 'preempted'): RunField {
  return {
    name,
    other: [],
    set: (draft, value) => {
      const text = String(value).trim().toLowerCase();
      if (!FLAGS.has(text)) return 'is not true or false';
      draft[name] = FLAGS.get(text) ?? false;
      return undefined;
    },
  };
}

const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['yes', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['0', false],
]);

function listField(
  name: 'weights' | 'useful',
  options: { readonly zeroAllowed: boolean; readonly other: readonly string[] },
): RunField {
  return {
    name,
    other: options.other,
    set: (draft, value) => {
      const items: unknown[] = Array.isArray(value)
        ? value
        : String(value)
            .trim()
            .split(/[\s;:]+/);
      const numbers: number[] = [];
      for (const item of items) {
        const number = asNumber(item);
        if (number === undefined) return `holds '${String(item)}', which is not a number`;
        if (number < 0 || (number === 0 && !options.zeroAllowed))
          return `holds ${number}, not above 0`;
        numbers.push(number);
      }
      draft[name] = numbers;
      return undefined;
    },
  };
}

const SIZE: RunField = {
  name: 'size',
  other: ['problemsize', 'n'],
  set: (draft, value) => {
    if (typeof value !== 'string' && typeof value !== 'number') return 'is not a number or text';
    draft.size = asNumber(value) ?? String(value).trim();
    return undefined;
  },
};

export const RUN_FIELDS: readonly RunField[] = [
  countField('ranks', ['p', 'np', 'ntasks', 'processes']),
  positiveField('seconds', ['time', 'times', 'elapsed', 't']),
  countField('nodes', ['nnodes']),
  countField('ranksPerNode', ['ppn', 'taskspernode']),
  countField('threadsPerRank', ['threads']),
  listField('weights', { zeroAllowed: false, other: ['weight'] }),
  SIZE,
  textField('app', ['name', 'job', 'jobname']),
  textField('version', []),
  textField('model', ['board', 'boards']),
  textField('state', []),
  flagField('throttled'),
  flagField('preempted'),
  listField('useful', { zeroAllowed: true, other: ['usefulseconds'] }),
  positiveField('joules', []),
  textField('id', ['jobid', 'run']),
];

/** Case, `_`, `-`, spaces, units in brackets and a closing `[]` do not matter. */
export function runField(title: string): RunField | undefined {
  const plain = plainName(title);
  return RUN_FIELDS.find((field) => plainName(field.name) === plain || field.other.includes(plain));
}

function plainName(title: string): string {
  return title.toLowerCase().replaceAll(/\(.*\)|\[.*\]|[^a-z0-9]/g, '');
}

function asNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || !/^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(value)) {
    return undefined;
  }
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** For warnings. */
export function knownFields(): string {
  return RUN_FIELDS.map(({ name }) => name).join(' ');
}
