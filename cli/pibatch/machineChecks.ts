/** What `pibatch doctor` looks at on the machine itself; nothing here needs a running cluster. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatBytes } from '../format/bytes.ts';
import { findBrokerBinary } from './broker.ts';
import type { ClusterHome } from './clusterHome.ts';
import { externalBroker, withoutPassword } from './externalBroker.ts';
import { machineShape } from './machineShape.ts';

export type Health = 'good' | 'warning' | 'broken';
export type Finding = {
  readonly check: string;
  readonly health: Health;
  readonly found: string;
  /** What to do; empty when all is well. */
  readonly cure: string;
};

export const finding = (
  check: string,
  health: Health,
  { found, cure = '' }: { readonly found: string; readonly cure?: string },
): Finding => ({ check, health, found, cure });

const OLDEST_NODE = 20;
const LEAST_DISK_BYTES = 200 * 1024 * 1024;
const ENOUGH_DISK_BYTES = 1024 * 1024 * 1024;

export async function machineFindings(
  home: ClusterHome,
  environment: NodeJS.ProcessEnv,
): Promise<readonly Finding[]> {
  return [
    nodeVersion(),
    cores(),
    brokerProgram(environment),
    ...homeFolder(home),
    await diskSpace(home),
    ...memoryCard(home),
  ];
}

function nodeVersion(): Finding {
  const { node } = process.versions;
  const found = `Node.js ${node}`;
  return Number(node.split('.')[0]) >= OLDEST_NODE
    ? finding('node', 'good', { found })
    : finding('node', 'broken', { found, cure: `install Node.js ${OLDEST_NODE} or newer` });
}

function cores(): Finding {
  const { cores: list, memoryBytes } = machineShape();
  return finding('machine', 'good', {
    found: `${list.length} cores, ${formatBytes(memoryBytes)} of memory`,
  });
}

function brokerProgram(environment: NodeJS.ProcessEnv): Finding {
  try {
    const url = externalBroker(environment);
    const found = url ? `$NATS_URL ${withoutPassword(url)}` : findBrokerBinary(environment);
    return finding('nats-server', 'good', { found });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const [found = text, ...cure] = text.split(': ');
    return finding('nats-server', 'broken', { found, cure: cure.join(': ') });
  }
}

function homeFolder(home: ClusterHome): Finding[] {
  const stat = statSync(home.root, { throwIfNoEntry: false });
  if (!stat)
    return [
      finding('home', 'good', { found: `${home.root} is not there yet: 'pibatch up' makes it` }),
    ];
  const findings: Finding[] = [];
  if (stat.uid !== process.getuid?.())
    findings.push(
      finding('home', 'broken', {
        found: `${home.root} belongs to user ${stat.uid}`,
        cure: 'use a home of your own: --home DIR or PIBATCH_HOME',
      }),
    );
  if ((stat.mode & 0o077) !== 0)
    findings.push(
      finding('home', 'warning', {
        found: `${home.root} is open to others (mode ${(stat.mode & 0o777).toString(8)})`,
        cure: `chmod 700 ${home.root}`,
      }),
    );
  return findings.length > 0 ? findings : [finding('home', 'good', { found: home.root })];
}

async function diskSpace(home: ClusterHome): Promise<Finding> {
  const folder = existingAncestor(home.root);
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  const found = `${formatBytes(freeBytes)} free in ${folder}`;
  if (freeBytes >= ENOUGH_DISK_BYTES) return finding('disk', 'good', { found });
  return finding('disk', freeBytes < LEAST_DISK_BYTES ? 'broken' : 'warning', {
    found,
    cure: 'make room, or move the cluster: pibatch down, move the folder, --home DIR',
  });
}

/** Cards lose the last seconds at a power cut, and wear out. */
function memoryCard(home: ClusterHome): Finding[] {
  const device = mountedDevice(existingAncestor(home.root));
  if (!device?.startsWith('/dev/mmcblk')) return [];
  return [
    finding('card', 'warning', {
      found: `${home.root} is on the SD card (${device})`,
      cure: 'keep the scheduler on an SSD or USB disk: --home DIR on another mount',
    }),
  ];
}

function existingAncestor(path: string): string {
  let folder = path;
  while (!existsSync(folder)) folder = dirname(folder);
  return folder;
}

/** The device of the longest mount point above the folder. */
function mountedDevice(folder: string): string | undefined {
  let mounts: string;
  try {
    mounts = readFileSync('/proc/mounts', 'utf8');
  } catch {
    return undefined;
  }
  const above = mounts
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, point = '']) => point === '/' || `${folder}/`.startsWith(`${point}/`))
    .sort(([, a = ''], [, b = '']) => b.length - a.length);
  return above[0]?.[0];
}
