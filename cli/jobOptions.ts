/** The keys of a job as options of pisub and pirun, and what was given of them as a draft. */
import type { Arguments, Option } from './command.ts';
import { badInput } from './failure.ts';
import { addTo, type JobDraft } from './jobFile/draft.ts';
import { JOB_KEYS, type JobKey, type KeyContext, MEMORY_KEYS, ONE_MEMORY } from './jobFile/keys.ts';

const SHAPE = 'What it needs:';
const OTHERS = 'How it is queued and what it gets:';
const SHAPE_KEYS = new Set([
  'ranks',
  'cores-per-rank',
  'memory-per-rank',
  'memory-per-core',
  'memory-per-node',
  'nodes',
  'ranks-per-node',
  'exclusive',
  'constraint',
  'gres',
  'licenses',
  'uniform',
  'time',
  'partition',
  'account',
]);

const withoutRequeue: Option = {
  name: 'no-requeue',
  takes: 'nothing',
  describe: 'never run again',
  group: OTHERS,
};

const optionOf = ({ name, aliases, takes, placeholder, describe }: JobKey): Option => ({
  name,
  aliases,
  takes,
  describe,
  group: SHAPE_KEYS.has(name) ? SHAPE : OTHERS,
  ...(takes === 'nothing' ? {} : { placeholder }),
});

export const JOB_OPTIONS: readonly Option[] = [
  ...JOB_KEYS.filter(({ name }) => SHAPE_KEYS.has(name)).map(optionOf),
  ...JOB_KEYS.filter(({ name }) => !SHAPE_KEYS.has(name)).map(optionOf),
  withoutRequeue,
];

export const jobOptionsExcept = (...names: readonly string[]): readonly Option[] =>
  JOB_OPTIONS.filter(({ name }) => !names.includes(name));

/** Errors: CommandFailure (bad input) naming the option. */
export function readJobOptions(args: Arguments, context: KeyContext): JobDraft {
  let draft: JobDraft = {};
  const [, second] = MEMORY_KEYS.filter((name) => args.text(name) !== undefined);
  if (second) throw badInput(`--${second}: ${ONE_MEMORY}`);
  for (const key of JOB_KEYS) {
    const all = args.texts(key.name);
    const texts = key.takes === 'values' ? all : all.slice(-1);
    for (const text of key.takes === 'nothing' && args.flag(key.name) ? ['yes'] : texts) {
      const read = key.read(text, context);
      if (!read.ok) throw badInput(`--${key.name}: ${read.message}`);
      draft = addTo(draft, read.value);
    }
  }
  return args.flag('no-requeue') ? addTo(draft, { requeue: false }) : draft;
}
