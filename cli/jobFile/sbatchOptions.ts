/**
 * What becomes of every option that a `#SBATCH` line may carry: taken over, already so, left out
 * with a warning (the job still computes the same), or refused (it would not).
 * docs/sbatch-options.md is generated from this table.
 */
import { parseBytes } from '../format/bytes.ts';
import { notParsed, type Parsed, parsed } from '../format/parsed.ts';
import type { JobDraft } from './draft.ts';
import { jobKey, type KeyContext } from './keys.ts';
import { assignment, mapParsed } from './keyReader.ts';

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

const memory =
  (per: 'core' | 'job') =>
  (text: string): Parsed<JobDraft> =>
    mapParsed(parseBytes(text, { bareUnit: 'M' }), (bytes) => ({ memory: { per, bytes } }));

const PLACEMENT = 'the scheduler chooses nodes by cores and memory';
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
  option('no-requeue', 'nothing', {
    kind: 'own',
    says: 'requeue: false',
    read: () => parsed({ requeue: false }),
  }),
  option('mem', 'value', {
    kind: 'own',
    says: 'memory of the whole job, divided evenly among its ranks',
    read: memory('job'),
  }),
  option('mem-per-cpu', 'value', {
    kind: 'own',
    says: 'memory-per-rank, times cores-per-rank',
    read: memory('core'),
  }),
  option('export', 'value', {
    kind: 'own',
    says: 'env, for each NAME=VALUE; NONE and NIL as they are; ALL is left out',
    read: readExport,
  }),
  option('nodes N', 'value', {
    kind: 'own',
    says: '1 is taken (a rank never spans nodes); more is refused',
    read: (text) =>
      /^1(-\d+)?$/.test(text.trim())
        ? parsed({})
        : notParsed(`only 1 is known: ${PLACEMENT}`, text, 0),
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
  ignored('nice', 'value', 'jobs start in the order of their submission'),
  ignored('priority', 'value', 'jobs start in the order of their submission'),
  ignored('qos q', 'value', 'there are no qualities of service'),
  ignored('signal', 'value', 'a job gets TERM, then KILL, when its time is over'),
  ignored('no-kill k', 'nothing', 'a job ends when one of its nodes is lost'),
  ignored('hint', 'value', PLACEMENT),
  ignored('distribution m', 'value', PLACEMENT),
  ignored('overcommit O', 'nothing', 'cores are never shared'),
  ignored('oversubscribe s', 'nothing', 'cores are never shared'),
  ignored('get-user-env', 'nothing', 'variables travel with --env only'),
  ignored('propagate', 'value', 'limits are those of the node'),
  refused('deadline', 'value', 'deadlines are not supported yet'),
  refused('ntasks-per-node', 'value', PLACEMENT),
  refused('nodelist w', 'value', PLACEMENT),
  refused('nodefile F', 'value', PLACEMENT),
  refused('exclude x', 'value', PLACEMENT),
  refused('constraint C', 'value', PLACEMENT),
  refused('exclusive', 'nothing', 'whole nodes are not supported yet; ask for all cores of a node'),
  refused('gres', 'value', 'cores and memory are the only resources'),
  refused('gpus G', 'value', 'cores and memory are the only resources'),
  refused('licenses L', 'value', 'cores and memory are the only resources'),
  refused('tres-per-task', 'value', 'cores and memory are the only resources'),
  refused('reservation', 'value', 'reservations are not supported yet'),
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
