/**
 * One of our long-running programs, started detached. Contract: its pid file names it by (boot,
 * pid, start time); its output goes to a log that is turned over; starting what runs keeps it.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { readPidFile, removePidFile, writePidFile } from '../../proto/pidFile.ts';
import { identify, type ProcessIdentity } from '../../proto/processIdentity.ts';
import { endProcess } from './endProcess.ts';

export type Daemon = {
  /** For people: `scheduler`, `node agent node1`. */
  readonly what: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly pidFile: string;
  readonly logFile: string;
  /** Beside what this process has. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
};

const LOG_LIMIT_BYTES = 8 * 1024 * 1024;

/** A program ended before it was of use; the message ends with what its log says. */
export class DaemonError extends Error {
  override readonly name = 'DaemonError';
}

export const runningDaemon = (daemon: Daemon): ProcessIdentity | undefined =>
  readPidFile(daemon.pidFile);

/** Starts it; throws DaemonError when it cannot be started at all. */
export function startDaemon(daemon: Daemon): ProcessIdentity {
  const running = runningDaemon(daemon);
  if (running) return running;
  mkdirSync(dirname(daemon.pidFile), { recursive: true, mode: 0o700 });
  turnOver(daemon.logFile);
  const log = openSync(daemon.logFile, 'a', 0o600);
  const child = spawn(process.execPath, [daemon.program, ...daemon.args], {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: dirname(daemon.pidFile),
    env: { ...process.env, ...daemon.environment },
  });
  child.on('error', () => undefined);
  child.unref();
  closeSync(log);
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (!identity) throw daemonFailed(daemon);
  writePidFile(daemon.pidFile, identity);
  return identity;
}

/** Says why a daemon that should run does not. */
export const daemonFailed = (daemon: Daemon): DaemonError =>
  new DaemonError(`the ${daemon.what} ended: ${lastWords(daemon.logFile)} (${daemon.logFile})`);

export async function stopDaemon(
  daemon: Daemon,
  options: { readonly graceMs: number },
): Promise<'gone' | 'ended' | 'killed'> {
  const running = runningDaemon(daemon);
  const how = running ? await endProcess(running, options) : 'gone';
  removePidFile(daemon.pidFile);
  return how;
}

function turnOver(path: string): void {
  const sizeBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (sizeBytes > LOG_LIMIT_BYTES) renameSync(path, `${path}.1`);
}

/** Of an uncaught error, the line that names it says more than the stack below. */
function lastWords(path: string): string {
  try {
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n').slice(-30);
    const words = lines.filter((line) => !line.startsWith('{'));
    const named = words.findLast((line) => /\b\w*Error\b/.test(line));
    return named ?? words.at(-1) ?? lines.at(-1) ?? '';
  } catch {
    return 'it wrote no log';
  }
}
