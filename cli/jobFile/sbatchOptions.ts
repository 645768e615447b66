/**
 * What becomes of every option that a `#SBATCH` line may carry: taken over, already so, left out
 * with a warning (the job still computes the same), or refused (it would not).
 * docs/sbatch-options.md is generated from this table.
 */
import { type Parsed, parsed } from '../format/parsed.ts';
import type { JobDraft } from './draft.ts';
import { jobKey, type KeyContext } from './keys.ts';
import { assignment } from './keyReader.ts';

export type SbatchMeaning =
  | { readonly kind: 'key'; readonly key: string }
  | {
      readonly kind: 'own';
      readonly says: string;
      readonly read: (text: string, context: KeyContext) => Parsed<JobDraft>;
    }
  | { readonly kind: 'ignored'; readonly why: string }
  | { readonly kind: 'refused'; readonly why: string };

export type SbatchOption = {
  readonly name: string;
  readonly short?: string;
  readonly takes: 'value' | 'nothing';
  readonly meaning: SbatchMeaning;
};

const option = (
  spelling: string,
  takes: SbatchOption['takes'],
  meaning: SbatchMeaning,
): SbatchOption => {
  const [name = '', short] = spelling.split(' ');
  return { name, takes, meaning, ...(short ? { short } : {}) };
};

const key = (spelling: string, name: string, takes: SbatchOption['takes'] = 'value') =>
  option(spelling, takes, { kind: 'key', key: name });
const ignored = (spelling: string, takes: SbatchOption['takes'], why: string) =>
  option(spelling, takes, { kind: 'ignored', why });
const refused = (spelling: string, takes: SbatchOption['takes'], why: string) =>
  option(spelling, takes, { kind: 'refused', why });

const PLACEMENT = 'the scheduler chooses the nodes; name their features with constraint';
const OUTPUT = 'output is kept with the job; see pilogs JOB';
const NO_MAIL = 'no mail is sent; see piqueue and piacct';

export const SBATCH_OPTIONS: readonly SbatchOption[] = [
  key('job-name J', 'name'),
  key('ntasks n', 'ranks'),
  key('cpus-per-task c', 'cores-per-rank'),
  key('time t', 'time'),
  key('partition p', 'partition'),
  key('account A', 'account'),
  key('array a', 'array'),
  key('begin b', 'begin'),
  key('dependency d', 'dependency'),
  key('hold H', 'hold', 'nothing'),
  key('requeue', 'requeue', 'nothing'),
  key('comment', 'comment'),
  key('mem', 'memory-per-node'),
  key('mem-per-cpu', 'memory-per-core'),
  key('nodes N', 'nodes'),
  key('ntasks-per-node', 'ranks-per-node'),
  key('exclusive', 'exclusive', 'nothing'),
  key('constraint C', 'constraint'),
  key('nodelist w', 'nodelist'),
  key('exclude x', 'exclude'),
  key('gres', 'gres'),
  key('licenses L', 'licenses'),
  key('distribution m', 'distribution'),
  key('contiguous', 'contiguous', 'nothing'),
  key('time-min', 'min-time'),
  key('deadline', 'deadline'),
  key('nice', 'nice'),
  key('qos q', 'qos'),
  key('reservation', 'reservation'),
  key('signal', 'signal'),
  option('no-requeue', 'nothing', {
    kind: 'own',
    says: 'requeue: false',
    read: () => parsed({ requeue: false }),
  }),
  option('export', 'value', {
    kind: 'own',
    says: 'env, for each NAME=VALUE; NONE and NIL as they are; ALL is left out',
    read: readExport,
  }),
  ignored('output o', 'value', OUTPUT),
  ignored('error e', 'value', OUTPUT),
  ignored('open-mode', 'value', OUTPUT),
  ignored('mail-type', 'value', NO_MAIL),
  ignored('mail-user', 'value', NO_MAIL),
  ignored('verbose v', 'nothing', 'it changes no job'),
  ignored('quiet Q', 'nothing', 'it changes no job'),
  ignored('parsable', 'nothing', 'give it on the command line'),
  ignored('wait W', 'nothing', 'give it on the command line'),
  ignored('priority', 'value', 'the scheduler computes it; give nice'),
  ignored('no-kill k', 'nothing', 'a job ends when one of its nodes is lost'),
  ignored('hint', 'value', PLACEMENT),
  ignored('overcommit O', 'nothing', 'cores are never shared'),
  ignored('oversubscribe s', 'nothing', 'cores are never shared'),
  ignored('get-user-env', 'nothing', 'variables travel with --env only'),
  ignored('propagate', 'value', 'limits are those of the node'),
  refused('nodefile F', 'value', PLACEMENT),
  refused('gpus G', 'value', 'give generic resources with gres'),
  refused('tres-per-task', 'value', 'give generic resources with gres'),
  refused('chdir D', 'value', 'a job runs in a folder of its own; ship files with inputs'),
  refused('uid', 'value', 'a job runs as its submitter'),
  refused('clusters M', 'value', 'choose the cluster with PIBATCH_CONNECTION'),
  refused('wrap', 'value', 'a script has its command already'),
];

function readExport(text: string, context: KeyContext): Parsed<JobDraft> {
  let draft: JobDraft = {};
  for (const item of text.split(',').map((word) => word.trim())) {
    if (['', 'ALL', 'NONE', 'NIL'].includes(item)) continue;
    const read = assignment(item).ok || context.environment[item] !== undefined;
    const variable = read ? jobKey('env')?.read(item, context) : parsed<JobDraft>({});
    if (variable && !variable.ok) return variable;
    const environment = { ...draft.environment, ...variable?.value.environment };
    if (Object.keys(environment).length > 0) draft = { environment };
  }
  return parsed(draft);
}

/** The generated page: one row per option. */
export function sbatchPage(): string {
  const rows = SBATCH_OPTIONS.map(({ name, short, meaning }) => {
    const spelling = short ? `\`-${short}\`, \`--${name}\`` : `\`--${name}\``;
    if (meaning.kind === 'key') return `| ${spelling} | taken over | \`${meaning.key}\` |`;
    if (meaning.kind === 'own') return `| ${spelling} | taken over | ${meaning.says} |`;
    const what = meaning.kind === 'ignored' ? 'left out, with a warning' : 'refused';
    return `| ${spelling} | ${what} | ${meaning.why} |`;
  });
  return [
    '# `#SBATCH` lines',
    '',
    'pisub reads the `#SBATCH` lines of a script, up to the first line that is neither a comment nor blank.',
    '`#PIBATCH` lines take the options of `pisub --help`. Where a key is said more than once, options on',
    'the command line win over `PISUB_*` variables, these over the lines of the script, and in the script',
    'the later line wins. An option that would change what the job computes is refused, not ignored.',
    '',
    '| option | what becomes of it | as |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
