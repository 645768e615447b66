import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import type { PartAddress } from '../../collectives/partAddress.ts';
import type { HostOrder, HostReport, RankOutcome } from './host.ts';

/** Runs kernels on real host processes over real TCP; hosts are reused by later jobs. */

export type Job = {
  readonly partOfRank: readonly number[];
  readonly kernel: string;
  readonly params?: unknown;
  readonly timeoutSeconds?: number;
  /** How the hosts of these parts receive; by default through descriptors. */
  readonly eventLoop?: readonly number[];
  /** Called when the ranks have met in a kernel that says so. */
  readonly disturb?: (hosts: Hosts) => void;
};

export type Hosts = {
  run(job: Job): Promise<RankOutcome[]>;
  /** SIGKILLs the host of a part. */
  kill(part: number): void;
  order(part: number, order: HostOrder): void;
  stop(): void;
};

let jobs = 0;

/** `source`: where host.ts lies. */
export function startHosts(source = import.meta.dirname): Hosts {
  const directory = mkdtempSync(join(tmpdir(), 'pibatch-collectives-'));
  const bundle = join(directory, 'host.mjs');
  buildSync({
    entryPoints: [join(source, 'host.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
  const hosts = new Map<number, ChildProcess>();
  const killed = new Set<ChildProcess>();
  const hostOf = (part: number): ChildProcess => {
    const known = hosts.get(part);
    if (known?.connected) return known;
    const host = fork(bundle, { serialization: 'advanced' });
    hosts.set(part, host);
    return host;
  };
  const order = (part: number, message: HostOrder): void => {
    const host = message.kind === 'open' ? hostOf(part) : hosts.get(part);
    if (host?.connected) host.send(message);
  };
  const all: Hosts = {
    run: (job) => runJob(job, { hostOf, order, killed, hosts: () => all }),
    kill: (part) => {
      const host = hosts.get(part);
      if (host) killed.add(host);
      host?.kill('SIGKILL');
    },
    order,
    stop: () => {
      for (const host of hosts.values()) host.kill('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return all;
}

type Control = {
  readonly hostOf: (part: number) => ChildProcess;
  readonly order: (part: number, message: HostOrder) => void;
  /** By `Hosts.kill`. */
  readonly killed: ReadonlySet<ChildProcess>;
  readonly hosts: () => Hosts;
};

async function runJob(job: Job, control: Control): Promise<RankOutcome[]> {
  const parts = [...new Set(job.partOfRank)].sort((a, b) => a - b);
  const hosts = new Map(parts.map((part) => [part, control.hostOf(part)] as const));
  const inbox = new Inbox([...hosts]);
  jobs += 1;
  try {
    for (const part of parts) {
      const { partOfRank, timeoutSeconds = 0 } = job;
      const receive = job.eventLoop?.includes(part) ? 'eventLoop' : 'descriptor';
      const name = `job${jobs}.1`;
      const options = { part, partOfRank, timeoutSeconds, receive } as const;
      control.order(part, { kind: 'open', job: name, ...options });
    }
    const peers: PartAddress[] = [];
    for (const part of parts) {
      const opened = await inbox.next(part, 'opened');
      if (opened?.kind === 'opened' && opened.address) peers.push(opened.address);
    }
    const { kernel, params } = job;
    for (const part of parts) control.order(part, { kind: 'run', peers, kernel, params });
    if (job.disturb) {
      await inbox.next(parts[0] ?? 0, 'met');
      job.disturb(control.hosts());
    }
    const outcomes: RankOutcome[] = [];
    for (const [rank, part] of job.partOfRank.entries()) {
      const host = hosts.get(part);
      const message = await inbox.next(part, 'rank');
      if (message?.kind === 'rank') outcomes.push(message.outcome);
      else if (host && !control.killed.has(host)) outcomes.push(died(rank, host));
    }
    for (const part of parts) control.order(part, { kind: 'close' });
    for (const part of parts) await inbox.next(part, 'closed');
    return outcomes.sort((a, b) => a.rank - b.rank);
  } finally {
    inbox.stop();
  }
}

/** Of a host that nobody killed. */
function died(rank: number, { exitCode, signalCode }: ChildProcess): RankOutcome {
  const error = { name: 'HostDied', message: `by itself: ${signalCode ?? exitCode}` };
  return { rank, error, calls: 0, blockedSeconds: 0, bytesSent: 0 };
}

/** Messages of each host in order; undefined once the host is gone. */
class Inbox {
  readonly #queues = new Map<number, HostReport[]>();
  readonly #gone = new Set<number>();
  readonly #stops: (() => void)[] = [];
  #wake = (): void => undefined;

  constructor(hosts: readonly (readonly [number, ChildProcess])[]) {
    for (const [part, host] of hosts) {
      const queue: HostReport[] = [];
      this.#queues.set(part, queue);
      const take = (message: unknown): void => {
        queue.push(message as HostReport);
        this.#wake();
      };
      const leave = (): void => {
        this.#gone.add(part);
        this.#wake();
      };
      host.on('message', take).on('exit', leave);
      this.#stops.push(() => host.off('message', take).off('exit', leave));
    }
  }

  async next(part: number, kind: HostReport['kind']): Promise<HostReport | undefined> {
    const queue = this.#queues.get(part) ?? [];
    for (;;) {
      const failed = [...this.#queues.values()].flat().find((message) => message.kind === 'failed');
      if (failed?.kind === 'failed') throw new Error(failed.message);
      const at = queue.findIndex((message) => message.kind === kind);
      if (at >= 0) return queue.splice(at, 1)[0];
      if (this.#gone.has(part)) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }
}
