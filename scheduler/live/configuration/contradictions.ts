/** What a configuration says against itself, and the names in it that nothing has. */
import { didYouMean } from '../../../cli/format/nearest.ts';
import type { Settings } from '../../model/cluster.ts';
import type { Partition } from '../../model/configuration.ts';
import { brief, shown } from './values.ts';
import type { KeyFault, KeyPath } from './yamlPlaces.ts';

export const contradictions = (settings: Settings): readonly KeyFault[] => [
  ...intervalsInOrder(settings),
  ...settings.partitions.flatMap((partition) => partitionFaults(settings, partition)),
  ...qosFaults(settings),
  ...accountFaults(settings),
];

function intervalsInOrder(settings: Settings): readonly KeyFault[] {
  const { heartbeatMs, silentAfterMs, downAfterMs } = settings;
  const faults: KeyFault[] = [];
  if (silentAfterMs <= heartbeatMs) {
    const message = `${brief(silentAfterMs)} must be more than heartbeat, ${brief(heartbeatMs)}`;
    faults.push({ path: ['intervals', 'silentAfter'], message });
  }
  if (downAfterMs < silentAfterMs) {
    const message = `${brief(downAfterMs)} must not be less than silentAfter, ${brief(silentAfterMs)}`;
    faults.push({ path: ['intervals', 'downAfter'], message });
  }
  return faults;
}

const NO_SUSPENSION =
  'suspend is not offered for preemption: stopped ranks keep their memory; use requeue or cancel, or pictl suspend by hand';

type Named = { readonly what: string; readonly known: readonly string[] };

/** A complaint for each of `given` that nothing is called. */
function unknown(
  path: KeyPath,
  given: readonly string[] | undefined,
  { what, known }: Named,
): readonly KeyFault[] {
  return (given ?? [])
    .filter((name) => !known.includes(name))
    .map((name) => ({
      path,
      message: `no ${what} is called ${shown(name)}${didYouMean(name, known) || listed(known)}`,
    }));
}

const listed = (known: readonly string[]): string =>
  known.length > 0 ? `; there are ${known.join(', ')}` : '; there are none in this file';

const qosNames = ({ qos = [] }: Settings): Named => ({
  what: 'QoS',
  known: qos.map(({ name }) => name),
});
const accountNames = ({ accounts = [] }: Settings): Named => ({
  what: 'account',
  known: accounts.map(({ name }) => name),
});

function partitionFaults(settings: Settings, partition: Partition): readonly KeyFault[] {
  const at = (key: string): KeyPath => ['partitions', partition.name, key];
  const { maxTimeMs, defaultTimeMs = 0, qos, allowQos, preempt } = partition;
  const { allowAccounts, denyAccounts } = partition;
  const faults = [
    ...unknown(at('qos'), qos === undefined ? [] : [qos], qosNames(settings)),
    ...unknown(at('allowQos'), allowQos, qosNames(settings)),
    ...unknown(at('allowAccounts'), allowAccounts, accountNames(settings)),
    ...unknown(at('denyAccounts'), denyAccounts, accountNames(settings)),
  ];
  if (maxTimeMs > 0 && defaultTimeMs > maxTimeMs) {
    const message = `${brief(defaultTimeMs)} is longer than maxTime, ${brief(maxTimeMs)}`;
    faults.push({ path: at('defaultTime'), message });
  }
  if (qos !== undefined && allowQos && !allowQos.includes(qos)) {
    faults.push({ path: at('qos'), message: `${shown(qos)} is not among allowQos` });
  }
  if (preempt === 'suspend') faults.push({ path: at('preempt'), message: NO_SUSPENSION });
  const both = allowAccounts?.filter((account) => denyAccounts?.includes(account)) ?? [];
  if (both.length > 0) {
    faults.push({
      path: at('denyAccounts'),
      message: `${both.join(', ')} is in allowAccounts too`,
    });
  }
  return faults;
}

function qosFaults(settings: Settings): readonly KeyFault[] {
  return (settings.qos ?? []).flatMap(({ name, preempts, preempt }) => {
    if (preempt === 'suspend') {
      return [{ path: ['qos', name, 'preempt'], message: NO_SUSPENSION }];
    }
    const path = ['qos', name, 'preempts'];
    const itself = preempts?.includes(name)
      ? [{ path, message: `${shown(name)} cannot preempt itself` }]
      : [];
    return [...unknown(path, preempts, qosNames(settings)), ...itself];
  });
}

function accountFaults(settings: Settings): readonly KeyFault[] {
  const accounts = settings.accounts ?? [];
  return accounts.flatMap(({ name, parent }) => {
    const path = ['accounts', name, 'parent'];
    if (name === 'root') {
      const message = 'root is what all accounts are below; give it another name';
      return [{ path: ['accounts', name], message }];
    }
    const stranger = unknown(path, parent === undefined ? [] : [parent], accountNames(settings));
    if (stranger.length > 0) return stranger;
    const way = wayUp(settings, name);
    const first = way.slice(0, -1).toSorted()[0];
    const circular = way.at(-1) === name && first === name;
    return circular ? [{ path, message: `a circle: ${way.join(' is below ')}` }] : [];
  });
}

/** From the account to the root, or up to the first one that comes again. */
function wayUp({ accounts = [] }: Settings, from: string): readonly string[] {
  const way = [from];
  for (;;) {
    const parent = accounts.find(({ name }) => name === way.at(-1))?.parent;
    if (parent === undefined) return way;
    const again = way.includes(parent);
    way.push(parent);
    if (again) return way;
  }
}
