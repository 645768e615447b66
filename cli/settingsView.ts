/** The configuration in force: `pictl reconfigure` and `pictl show config|partition|qos|account`. */
import { pibatch } from '../proto/codec.ts';
import type { Settings } from '../scheduler/model/cluster.ts';
import type { Arguments } from './command.ts';
import { badInput, EXIT } from './failure.ts';
import { formatBytes } from './format/bytes.ts';
import { formatElapsed } from './format/duration.ts';
import { compressHostlist } from './format/hostlist.ts';
import { didYouMean } from './format/nearest.ts';
import { printJson } from './json.ts';
import type { Session } from './session.ts';
import type { Terminal } from './terminal.ts';

/** Resolves to the exit code. Errors: RefusedError with every fault of the file. */
export async function reconfigure(
  session: Session,
  args: Arguments,
  terminal: Terminal,
): Promise<number> {
  const answer = await session.ask('reconfigure', [pibatch.Reconfigure, {}], pibatch.Reconfigured);
  const changes = answer.changes.map(({ path, before, after }) => ({
    path: path ?? '',
    ...(before != null && { before: JSON.parse(before) as unknown }),
    ...(after != null && { after: JSON.parse(after) as unknown }),
  }));
  if (args.flag('json')) printJson(terminal, { changes });
  else if (changes.length === 0) terminal.print('nothing has changed\n');
  else terminal.print(changes.map(changeLine).join(''));
  return EXIT.ok;
}

type Change = { readonly path: string; readonly before?: unknown; readonly after?: unknown };

function changeLine(change: Change): string {
  const { path, before, after } = change;
  const [name, text] = [plainKey(path), (value: unknown) => settingText(path, value)];
  if (!('before' in change)) return `${name}: added${inline(text(after))}\n`;
  if (!('after' in change)) return `${name}: removed${inline(text(before))}\n`;
  return `${name}: ${text(before)} -> ${text(after)}\n`;
}

const inline = (text: string): string => (text === '' ? '' : `, ${text}`);

/** As the file has it: `maxTimeMs` is written `maxTime`. */
const plainKey = (path: string): string => path.replace(/(Ms|Bytes)$/, '').replace('Bytes.', '.');

export function settingText(path: string, value: unknown): string {
  const key = path.split('.').at(-1) ?? path;
  if (typeof value === 'number') {
    if (key.endsWith('Bytes')) return formatBytes(value);
    if (!key.endsWith('Ms')) return String(value);
    if (key === 'maxTimeMs' && value === 0) return 'UNLIMITED';
    return value % 1000 === 0 ? formatElapsed(value) : `${value}ms`;
  }
  if (Array.isArray(value)) {
    const words = value.every((each) => typeof each === 'string');
    if (!words) return value.map((each: unknown) => settingText(key, each)).join(' ');
    return key === 'nodes' || key === 'names' ? compressHostlist(value) : value.join(',');
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([inner, each]) => `${plainKey(inner)}=${settingText(inner, each)}`)
      .join(',');
  }
  return String(value);
}

export const SETTINGS_SUBJECTS = ['config', 'partition', 'qos', 'account'] as const;
type Subject = (typeof SETTINGS_SUBJECTS)[number];

export type SettingsFound = {
  readonly whole: object;
  readonly fields: readonly (readonly [name: string, value: string])[];
};

/** One for each partition, QoS or account, or the one named; the whole configuration as one. */
export async function settingsFound(
  session: Session,
  subject: Subject,
  name: string | undefined,
): Promise<readonly SettingsFound[]> {
  const answer = await session.ask('settings', [pibatch.GetSettings, {}], pibatch.SettingsInForce);
  const settings = JSON.parse(answer.settingsJson) as Settings;
  if (subject === 'config') {
    const { partitions: _, qos: __, accounts: ___, ...rest } = settings;
    return [{ whole: settings, fields: fieldsOf(rest) }];
  }
  const all = namedSettings(settings, subject);
  if (name === undefined) return all.map(found(subject));
  const wanted = all.filter((each) => each.name === name);
  if (wanted.length > 0) return wanted.map(found(subject));
  const known = all.map((each) => each.name);
  throw badInput(
    `no ${subject} is called '${name}'${didYouMean(name, known) || `; there are ${known.join(', ') || 'none'}`}`,
  );
}

function namedSettings(
  settings: Settings,
  subject: Exclude<Subject, 'config'>,
): readonly { readonly name: string }[] {
  if (subject === 'qos') return settings.qos ?? [];
  if (subject === 'account') return settings.accounts ?? [];
  return settings.partitions.map((partition, at) => ({
    ...partition,
    state: partition.state ?? 'up',
    default: at === 0 ? 'yes' : 'no',
  }));
}

const TITLES = { partition: 'PartitionName', qos: 'QosName', account: 'AccountName' } as const;

const found =
  (subject: Exclude<Subject, 'config'>) =>
  (whole: { readonly name: string }): SettingsFound => {
    const { name, ...rest } = whole;
    return { whole, fields: [[TITLES[subject], name], ...fieldsOf(rest)] };
  };

/** Scontrol's spelling: keys begin with a capital. */
const fieldsOf = (settings: object): [string, string][] =>
  Object.entries(settings).map(([key, value]) => {
    const plain = plainKey(key);
    return [`${plain.charAt(0).toUpperCase()}${plain.slice(1)}`, settingText(key, value)];
  });
