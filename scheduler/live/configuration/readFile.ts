/** The text of a configuration file, checked as a whole: all faults are found at once. */
import type { z } from 'zod';
import { didYouMean, nearest } from '../../../cli/format/nearest.ts';
import type { Settings } from '../../model/cluster.ts';
import { contradictions } from './contradictions.ts';
import { nodeListFaults } from './nodeLists.ts';
import {
  ACCOUNT,
  FILE,
  FILE_WITH_PARTITION_LIST,
  type FileContents,
  LIMITS,
  NODE,
  PARTITION,
  QOS,
  SECTIONS,
} from './sections.ts';
import { SettingsError } from './settingsError.ts';
import { settingsOf } from './settingsOf.ts';
import { NAME_RULE, shown } from './values.ts';
import { type KeyFault, type KeyPath, readYamlData, type YamlData } from './yamlPlaces.ts';

/** Throws SettingsError with every fault, each with its line and column. */
export function parseSettings(file: string, text: string): Settings {
  const source = readYamlData(file, text);
  const contents = contentsOf(file, source);
  const settings = settingsOf(contents);
  const faults = [...nodeListFaults(contents), ...contradictions(settings)];
  if (faults.length > 0) complain(file, source, faults);
  return settings;
}

function contentsOf(file: string, source: YamlData): FileContents {
  if (hasPartitionList(source.data)) return withNamedPartitions(file, source);
  const read = FILE.safeParse(source.data, { reportInput: true });
  if (read.success) return read.data;
  return complain(file, source, read.error.issues.flatMap(faultsOf));
}

const hasPartitionList = (data: unknown): boolean =>
  typeof data === 'object' &&
  data !== null &&
  'partitions' in data &&
  Array.isArray(data.partitions);

function withNamedPartitions(file: string, source: YamlData): FileContents {
  const read = FILE_WITH_PARTITION_LIST.safeParse(source.data, { reportInput: true });
  if (!read.success) return complain(file, source, read.error.issues.flatMap(faultsOf));
  const { partitions } = read.data;
  const twice = partitions.flatMap(({ name }, at) =>
    partitions.findIndex((other) => other.name === name) < at
      ? [{ path: ['partitions', at, 'name'], message: `${shown(name)} is there twice` }]
      : [],
  );
  if (twice.length > 0) complain(file, source, twice);
  const named = partitions.map(({ name, ...partition }) => [name, partition] as const);
  return { ...read.data, partitions: Object.fromEntries(named) };
}

function complain(file: string, source: YamlData, faults: readonly KeyFault[]): never {
  throw new SettingsError(
    file,
    faults.map(({ path, message }) => ({
      ...source.placeOf(path),
      message: `${path.length === 0 ? '' : `${path.join('.')}: `}${message}`,
    })),
  );
}

function faultsOf(issue: z.core.$ZodIssue): readonly KeyFault[] {
  const path = issue.path.filter((key) => typeof key !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: `unknown key${hint(path, key)}`,
    }));
  }
  if (issue.code === 'invalid_key') return [{ path, message: NAME_RULE.replace('is', 'this is') }];
  if (issue.code === 'custom') return [{ path, message: issue.message }];
  const what = path.length === 0 ? 'a map of sections' : 'a map of keys';
  return [{ path, message: `${shown(issue.input)} is not ${what}` }];
}

function hint(path: KeyPath, key: string): string {
  const known = keysAt(path);
  const guess = didYouMean(key, known);
  if (guess !== '' || path.length > 0) return guess || `; known: ${known.join(', ')}`;
  for (const section of ['limits', 'intervals', 'priority']) {
    const meant = nearest(key, sectionKeys(section));
    if (meant !== undefined) return `; did you mean '${meant}' in '${section}'?`;
  }
  return `; known: ${known.join(', ')}`;
}

/** The keys that may stand in the map at `path`. */
function keysAt(path: KeyPath): readonly string[] {
  const [section, , inside] = path;
  if (section === undefined) return Object.keys(SECTIONS);
  if (inside !== undefined) return Object.keys(LIMITS);
  switch (section) {
    case 'partitions':
      return Object.keys(PARTITION);
    case 'qos':
      return Object.keys(QOS);
    case 'accounts':
      return Object.keys(ACCOUNT);
    case 'nodes':
      return Object.keys(NODE);
    default:
      return sectionKeys(String(section));
  }
}

function sectionKeys(section: string): readonly string[] {
  const { priority, limits, intervals } = FILE.shape;
  const sections = { priority, limits, intervals };
  const found = Object.entries(sections).find(([key]) => key === section)?.[1];
  return found ? Object.keys(found.unwrap().shape) : [];
}
