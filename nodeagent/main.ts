import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { connectBus } from '../proto/bus.ts';
import { ConnectionError, readConnection } from '../proto/connection.ts';
import { advertisedHost } from './discovery/advertisedHost.ts';
import { BadCoreListError, parseCoreList } from './discovery/coreList.ts';
import { takeInventory } from './discovery/inventory.ts';
import { parseMemory } from './discovery/memorySize.ts';
import { sysrootAt } from './discovery/sysroot.ts';
import { nodeWeight } from './discovery/weight.ts';
import { readIfThere } from './record/durableFile.ts';
import { AlreadyRunningError, claimPidFile, releasePidFile } from '../proto/pidFile.ts';
import type { GroupBase } from './process/memoryGroup.ts';
import { openGroupBase } from './process/memoryGroup.ts';
import { NodeAgent } from './nodeAgent.ts';
import { startBoardMeter } from './power/boardMeter.ts';
import { findPowerSource } from './power/powerSource.ts';

/**
 * The node agent: `main.js --home DIR [--cores 0,1] [--memory 1G] [--sysroot DIR]
 * [--advertise HOST]`. SIGTERM and SIGINT end it cleanly; jobs keep running and are found again.
 */
const USAGE_ERROR = 2;

class UsageError extends Error {
  override readonly name = 'UsageError';
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      home: { type: 'string' },
      cores: { type: 'string' },
      memory: { type: 'string' },
      sysroot: { type: 'string', default: '/' },
      advertise: { type: 'string' },
    },
  });
  if (values.home === undefined) throw new UsageError('--home DIR is missing');
  return { ...values, home: resolve(values.home), sysroot: resolve(values.sysroot) };
}

const log = (message: string): void => {
  process.stderr.write(`${new Date().toISOString()} ${message}\n`);
};

async function main(): Promise<void> {
  const options = readOptions();
  const connection = readConnection(join(options.home, 'connection.json'));
  const sysroot = sysrootAt(options.sysroot);
  const groupBase = options.sysroot === '/' ? usableGroupBase() : undefined;
  const inventory = takeInventory({
    sysroot,
    mayConfine: options.sysroot !== '/' || groupBase !== undefined,
    cores: options.cores === undefined ? undefined : parseCoreList(options.cores),
    memoryBytes: options.memory === undefined ? undefined : parseMemory(options.memory),
  });
  mkdirSync(options.home, { recursive: true, mode: 0o700 });
  const pidFile = join(options.home, 'agent.pid');
  claimPidFile(pidFile, 'an agent');
  let agent: NodeAgent | undefined;
  const bus = await connectBus({
    connection,
    name: `node ${connection.principal.name}`,
    waitForBroker: true,
    onTrouble: ({ kind, detail }) => log(`bus: ${kind}: ${detail}`),
    onLink: (up) => agent?.linkChanged(up),
  });
  agent = new NodeAgent({
    home: options.home,
    node: connection.principal.name,
    bus,
    sysroot,
    sysrootPath: options.sysroot,
    inventory,
    weight: nodeWeight({ home: options.home, model: inventory.model }),
    version: readVersion(),
    listenHost: options.advertise ?? advertisedHost(connection.servers),
    groupBase,
    hostProgram: join(import.meta.dirname, 'jobhost/main.js'),
    log,
  });
  await agent.open();
  const power = findPowerSource(sysroot);
  const stopMeter = power && startBoardMeter(options.home, power);
  const stop = (): void => {
    agent?.close();
    stopMeter?.();
    releasePidFile(pidFile);
    void bus.close().finally(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

const usableGroupBase = (): GroupBase | undefined =>
  openGroupBase('/sys/fs/cgroup', readIfThere('/proc/self/cgroup')?.toString() ?? '');

/** Of the package that this program belongs to, wherever its bundle lies. */
function readVersion(): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const bytes = readIfThere(join(folder, 'package.json'));
    const manifest: unknown = bytes && JSON.parse(bytes.toString());
    if (manifest && typeof manifest === 'object' && 'version' in manifest)
      return String(manifest.version);
  }
  return 'unknown';
}

try {
  await main();
} catch (error) {
  const isUse =
    error instanceof UsageError ||
    error instanceof ConnectionError ||
    error instanceof AlreadyRunningError ||
    error instanceof RangeError ||
    error instanceof BadCoreListError;
  process.stderr.write(`pinoded: ${isUse ? error.message : String(error)}\n`);
  process.exit(isUse ? USAGE_ERROR : 1);
}
