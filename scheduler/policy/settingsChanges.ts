/** What one configuration says otherwise than another. */
import type { Settings } from '../model/cluster.ts';
import type { SettingChange } from '../model/configuration.ts';

export const settingsChanges = (before: Settings, after: Settings): readonly SettingChange[] =>
  changesBelow('', before, after);

function changesBelow(path: string, before: unknown, after: unknown): readonly SettingChange[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const from = keyed(before);
  const to = keyed(after);
  if (!from || !to) {
    return [
      {
        path,
        ...(before !== undefined && { before }),
        ...(after !== undefined && { after }),
      },
    ];
  }
  const keys = [...new Set([...from.keys(), ...to.keys()])];
  const inside = keys.flatMap((key) =>
    changesBelow(path === '' ? key : `${path}.${key}`, from.get(key), to.get(key)),
  );
  return inside.length > 0 ? inside : [{ path, before: [...from.keys()], after: [...to.keys()] }];
}

/** Maps, and lists of named things, by key; undefined for single values and lists of words. */
function keyed(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  const named = value.map((each: unknown) => [nameOf(each), each] as const);
  return named.every(([name]) => name !== undefined) && named.length > 0
    ? new Map(named.map(([name, each]) => [name ?? '', each]))
    : undefined;
}

function nameOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if ('name' in value && typeof value.name === 'string') return value.name;
  if ('names' in value && Array.isArray(value.names)) return value.names.join(',');
  return undefined;
}
