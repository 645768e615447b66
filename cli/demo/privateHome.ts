/**
 * The one folder that holds everything of the demo's cluster, and its end. Contract: after
 * `removeHome` no process works in the folder or names it, and the folder is gone; it is
 * synchronous, so that it also works while the process exits.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type PrivateHome = {
  readonly folder: string;
  /** For every command of the demo: only the private cluster is seen. */
  readonly environment: NodeJS.ProcessEnv;
};

/** The user's own settings must not change the demo's jobs or lead to another cluster. */
const NOT_INHERITED = /^(PISUB_|PIBATCH_|SLURM_)/;
const TABLE_WIDTH = '94';

export function makeHome(environment: NodeJS.ProcessEnv): PrivateHome {
  const folder = mkdtempSync(join(tmpdir(), 'pibatch-demo-'));
  const cluster = join(folder, 'home');
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  const inherited = Object.entries(environment).filter(([name]) => !NOT_INHERITED.test(name));
  return {
    folder,
    environment: {
      ...Object.fromEntries(inherited),
      PIBATCH_HOME: cluster,
      TMPDIR: temporary,
      COLUMNS: TABLE_WIDTH,
    },
  };
}

const ROUNDS = 200;
const ROUND_MS = 10;

/** Kills what still runs there and removes the folder; returns what it had to kill. */
export function removeHome({ folder }: PrivateHome): readonly string[] {
  const killed = new Map<number, string>();
  // Twice in a row: a process may start another and end between two looks at /proc.
  for (let round = 0, empty = 0; round < ROUNDS && empty < 2; round += 1) {
    const left = processesOf(folder);
    empty = left.length === 0 ? empty + 1 : 0;
    for (const { pid, commandLine } of left) {
      // A process that is dying has no command line any more, but still its folder.
      if (!killed.has(pid)) killed.set(pid, commandLine);
      kill(pid);
    }
    pauseMs(ROUND_MS);
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  return [...killed].map(([pid, commandLine]) => `${pid} ${commandLine}`);
}

type FoundProcess = { readonly pid: number; readonly commandLine: string };

/** Processes that work in the folder or name it; its random name belongs to nobody else. */
export function processesOf(folder: string): FoundProcess[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.flatMap((pid) => {
    if (pid === process.pid) return [];
    const commandLine = readProcess(pid, 'cmdline').replaceAll('\0', ' ').trim();
    const isOurs =
      commandLine.includes(folder) ||
      readProcess(pid, 'environ').includes(folder) ||
      workingFolder(pid).startsWith(folder);
    return isOurs ? [{ pid, commandLine }] : [];
  });
}

function readProcess(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

function workingFolder(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

function pauseMs(duration: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, duration);
}
