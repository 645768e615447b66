import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { PartAddress } from '../../collectives/partAddress.ts';
import type { BenchStart, HostMessage } from './host.ts';
import type { Answer, Task } from './tasks.ts';

export type Shape = {
  readonly partOfRank: readonly number[];
  /** Where each part listens, and the words before the command that starts it. */
  readonly hosts?: ReadonlyArray<{ readonly address: string; readonly within: readonly string[] }>;
};

export type Ours = Answer & {
  /** How late the host's 10 ms timer was, ms, at the 99th percentile. */
  readonly lateMs: number;
  /** From the start of the first process to rank 0's answer. */
  readonly elapsedMs: number;
};

/** Runs a task on fresh host processes; rank 0's answer. */
export async function runOurs(bundle: string, shape: Shape, task: Task): Promise<Ours> {
  const { partOfRank } = shape;
  const began = performance.now();
  const hosts = [...new Set(partOfRank)].map((part) => {
    const [command = process.execPath, ...words] = [
      ...(shape.hosts?.[part]?.within ?? []),
      process.execPath,
      ...process.execArgv,
      bundle,
    ];
    const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const;
    return spawn(command, words, { stdio: [...stdio], serialization: 'advanced' });
  });
  const addresses: PartAddress[] = [];
  let opened = 0;
  let answer: Answer = { rows: [] };
  let lateMs = NaN;
  let elapsedMs = NaN;
  const take = (message: HostMessage): void => {
    if (message.kind === 'opened') {
      opened += 1;
      if (message.address) addresses.push(message.address);
      if (opened === hosts.length) for (const peer of hosts) peer.send({ peers: addresses });
    } else if (message.kind === 'late') lateMs = message.lateMs;
    else if (message.rank === 0) {
      elapsedMs = performance.now() - began;
      answer = message.answer;
    }
  };
  const done = hosts.map((host, part) => {
    const start: BenchStart = {
      part,
      partOfRank,
      cores: availableParallelism(),
      task,
      listenHost: shape.hosts?.[part]?.address ?? '127.0.0.1',
    };
    host.send({ start });
    return ended(host.on('message', take), part);
  });
  try {
    await Promise.all(done);
  } finally {
    for (const host of hosts) host.kill('SIGKILL');
  }
  return { ...answer, lateMs, elapsedMs };
}

const ended = (host: ChildProcess, part: number): Promise<void> =>
  new Promise((resolve, reject) => {
    host.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`the host of part ${part} ended with ${code}`));
    });
  });
