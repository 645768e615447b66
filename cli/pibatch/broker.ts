/**
 * A private nats-server: found, configured, started detached, stopped by its pid file.
 * Contract: it listens on loopback on a port which it keeps over restarts; its configuration holds
 * public keys only. Never touches a server that it did not start.
 */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { accessSync, constants, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { brokerConfig, type BrokerMember } from '../../proto/brokerConfig.ts';
import { readPidFile, removePidFile, writePidFile } from '../../proto/pidFile.ts';
import { identify, isAlive, type ProcessIdentity } from '../../proto/processIdentity.ts';
import { endProcess } from './endProcess.ts';

/** With the cure as its message. */
export class BrokerError extends Error {
  override readonly name = 'BrokerError';
}

/** A server that cannot start ends by itself; one that is slow is waited for. */
const START_WAIT_MS = 30_000;
const PORT_TRIES = 5;
const STOP_GRACE_MS = 5000;

/** `NATS_SERVER_BIN`, then PATH, then where Debian puts it. Throws BrokerError. */
export function findBrokerBinary(environment: NodeJS.ProcessEnv): string {
  const named = environment['NATS_SERVER_BIN'];
  if (named !== undefined && named !== '') {
    if (isExecutable(named)) return named;
    throw new BrokerError(`NATS_SERVER_BIN is '${named}', which is not an executable file`);
  }
  const folders = [...(environment['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/bin'];
  for (const folder of folders.filter((name) => name.startsWith('/'))) {
    const candidate = join(folder, 'nats-server');
    if (isExecutable(candidate)) return candidate;
  }
  throw new BrokerError(
    'no nats-server was found: install it (apt-get install nats-server), or set NATS_SERVER_BIN to the program or NATS_URL to a running server',
  );
}

export type RunningBroker = { readonly process: ProcessIdentity; readonly url: string };

const pidFile = (folder: string): string => join(folder, 'nats.pid');
const portFile = (folder: string): string => join(folder, 'port');

/** The broker of this folder, if it runs. */
export function runningBroker(folder: string): RunningBroker | undefined {
  const found = readPidFile(pidFile(folder));
  const port = rememberedPort(folder);
  return found && port !== undefined
    ? { process: found, url: `nats://127.0.0.1:${port}` }
    : undefined;
}

/** Starts the broker of this folder, or keeps the one that runs. Throws BrokerError. */
export async function startBroker(options: {
  readonly folder: string;
  readonly binary: string;
  readonly members: readonly BrokerMember[];
}): Promise<RunningBroker> {
  const { folder, binary, members } = options;
  const running = runningBroker(folder);
  if (running) return running;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const port = rememberedPort(folder);
  if (port !== undefined) {
    const kept = await launch({ folder, binary, members, port }).catch(() => undefined);
    if (kept) return kept;
    // The port is taken by somebody else now: choose another.
  }
  for (let tries = 0; tries < PORT_TRIES; tries += 1) {
    const made = await launch({ folder, binary, members, port: quietPort() }).catch(
      () => undefined,
    );
    if (made) return made;
  }
  return launch({ folder, binary, members, port: -1 });
}

const LOWEST_PORT = 10_240;

/**
 * Below those that the kernel gives to outgoing connections: otherwise one of them may have the
 * port when the broker comes back to it, and a client that dials it may even meet itself.
 */
function quietPort(): number {
  const end = Number(/^\d+/.exec(readRange())?.[0] ?? 0);
  return end > LOWEST_PORT ? randomInt(LOWEST_PORT, end) : -1;
}

function readRange(): string {
  try {
    return readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
  } catch {
    return '';
  }
}

export async function stopBroker(folder: string): Promise<'gone' | 'ended' | 'killed'> {
  const found = readPidFile(pidFile(folder));
  const how = found ? await endProcess(found, { graceMs: STOP_GRACE_MS }) : 'gone';
  removePidFile(pidFile(folder));
  return how;
}

async function launch(options: {
  readonly folder: string;
  readonly binary: string;
  readonly members: readonly BrokerMember[];
  readonly port: number;
}): Promise<RunningBroker> {
  const { folder, binary, members, port } = options;
  const configFile = join(folder, 'nats.conf');
  const logFile = join(folder, 'nats.log');
  const text = brokerConfig({
    members,
    host: '127.0.0.1',
    port,
    portsFolder: folder,
    jetStreamFolder: join(folder, 'jetstream'),
    logFile,
  });
  writeFileSync(configFile, text, { mode: 0o600 });
  const child = spawn(binary, ['-c', configFile], { detached: true, stdio: 'ignore', cwd: folder });
  const failed = new Promise<never>((_resolve, reject) => child.once('error', reject));
  failed.catch(() => undefined);
  child.unref();
  if (child.pid === undefined) return failed;
  const found = identify(child.pid);
  if (!found) throw new BrokerError(`nats-server ended at once: ${lastLine(logFile)}`);
  writePidFile(pidFile(folder), found);
  const listening = await waitForPort(folder, found);
  if (listening === undefined) {
    await stopBroker(folder);
    throw new BrokerError(`nats-server did not start: ${lastLine(logFile)}`);
  }
  writeFileSync(portFile(folder), `${listening}\n`);
  return { process: found, url: `nats://127.0.0.1:${listening}` };
}

/** The server writes its ports file when it listens, and removes it at a clean end. */
async function waitForPort(folder: string, server: ProcessIdentity): Promise<number | undefined> {
  const path = join(folder, `nats-server_${server.pid}.ports`);
  const startedMs = performance.now();
  while (isAlive(server) && performance.now() - startedMs < START_WAIT_MS) {
    const port = parsePorts(path);
    if (port !== undefined) {
      rmSync(path, { force: true });
      return port;
    }
    await sleep(5);
  }
  return undefined;
}

function parsePorts(path: string): number | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof value !== 'object' || value === null || !('nats' in value)) return undefined;
    const [url] = Array.isArray(value.nats) ? value.nats : [];
    const port = typeof url === 'string' ? Number(new URL(url).port) : 0;
    return port > 0 ? port : undefined;
  } catch {
    return undefined;
  }
}

function rememberedPort(folder: string): number | undefined {
  try {
    const port = Number(readFileSync(portFile(folder), 'utf8'));
    return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
  } catch {
    return undefined;
  }
}

function lastLine(path: string): string {
  try {
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    return lines.at(-1) ?? 'its log is empty';
  } catch {
    return 'it wrote no log; try it by hand with -c nats.conf';
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
