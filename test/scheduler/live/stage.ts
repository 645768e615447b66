import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { askPatiently } from '../../../cli/patience.ts';
import { packageFolder } from '../../../cli/pibatch/programs.ts';
import { statOf, TICK_MS } from '../../../nodeagent/process/procfs.ts';
import type { Bus } from '../../../proto/bus.ts';
import { decodeMessage, encodeMessage, pibatch } from '../../../proto/codec.ts';
import { writeConnection } from '../../../proto/connection.ts';
import { reportSubject, userSubject, type UserVerb } from '../../../proto/subjects.ts';
import { TestBroker } from '../../proto/broker.ts';

/** A real broker and the real program, killed and started at will, seen by users and a scripted node. */
const PROGRAM = join(packageFolder(), 'dist/scheduler/live/main.js');

/** Test clusters beat fast, so that nobody waits for a second. */
const SETTINGS = {
  heartbeatMs: 200,
  silentAfterMs: 60_000,
  downAfterMs: 120_000,
  launchResendMs: 200,
  users: { bob: 'operator' },
};

export class Stage {
  readonly broker = new TestBroker();
  readonly errors: string[] = [];
  private readonly children: ChildProcess[] = [];

  get home(): string {
    return join(this.broker.folder, 'scheduler');
  }

  async start(settings: object = SETTINGS): Promise<void> {
    await this.broker.start();
    mkdirSync(this.home, { recursive: true });
    writeConnection(join(this.home, 'connection.json'), this.broker.connection('scheduler'));
    writeFileSync(join(this.home, 'cluster.json'), JSON.stringify(settings));
    await this.startScheduler();
  }

  /** Returns once it answers. */
  async startScheduler(): Promise<void> {
    this.runScheduler();
    const alice = await this.broker.connect('alice');
    await alice.request(userSubject('alice', 'cluster'), encodeMessage(pibatch.GetCluster, {}), {
      deadlineMs: 20_000,
      attemptMs: 500,
      retry: true,
    });
  }

  runScheduler(): ChildProcess {
    const child = spawn(process.execPath, [PROGRAM, '--home', this.home], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr?.on('data', (data: Buffer) => this.errors.push(data.toString()));
    this.children.push(child);
    return child;
  }

  /** Processor time of the scheduler that runs. */
  schedulerCpuMs(): number {
    const ticks = statOf(this.children.at(-1)?.pid ?? 0)?.ownTicks ?? 0;
    return ticks * TICK_MS;
  }

  /** Ends whatever runs; returns the exit code of the last. */
  async killScheduler(signal: NodeJS.Signals): Promise<number | null> {
    let code: number | null = null;
    for (const child of this.children.splice(0)) {
      if (child.exitCode === null && child.signalCode === null) {
        // `close`: what it said last may come after its end.
        const gone = once(child, 'close');
        child.kill(signal);
        await gone;
      }
      code = child.exitCode;
    }
    return code;
  }

  async stop(): Promise<void> {
    await this.killScheduler('SIGKILL');
    await this.broker.stop();
  }
}

export class Asker {
  readonly bus: Bus;
  readonly user: string;

  constructor(bus: Bus, user: string) {
    this.bus = bus;
    this.user = user;
  }

  /** As commands do, it waits when it is told to. */
  async raw(verb: UserVerb, data: Uint8Array): Promise<pibatch.Reply> {
    const options = { deadlineMs: 30_000, attemptMs: 1_000, retry: true };
    const send = async (): Promise<pibatch.Reply> =>
      decodeMessage(
        pibatch.Reply,
        await this.bus.request(userSubject(this.user, verb), data, options),
      );
    return askPatiently(send, () => undefined);
  }

  async submit(requestId: string, spec: pibatch.JobSpec.$Properties): Promise<pibatch.Submitted> {
    const reply = await this.raw('submit', encodeMessage(pibatch.Submit, { requestId, spec }));
    if (!reply.body) throw new Error(`refused: ${JSON.stringify(reply.refusal)}`);
    return decodeMessage(pibatch.Submitted, reply.body);
  }

  async jobs(ask: pibatch.ListJobs.$Properties): Promise<pibatch.JobRow.$Properties[]> {
    const rows: pibatch.JobRow.$Properties[] = [];
    for (let after = 0; ; ) {
      const reply = await this.raw('jobs', encodeMessage(pibatch.ListJobs, { ...ask, after }));
      const page = decodeMessage(pibatch.JobPage, reply.body ?? new Uint8Array());
      rows.push(...page.jobs);
      if (page.nextAfter === 0) return rows;
      after = page.nextAfter;
    }
  }
}

export const TRUE_JOB: pibatch.JobSpec.$Properties = {
  name: 'true',
  command: { args: ['true'] },
  ranks: 1,
  coresPerRank: 1,
  timeLimitMs: 60_000,
};

export type NodeOptions = {
  /** False: parts run for ever. */
  readonly finish: boolean;
  readonly output?: readonly pibatch.StoredBytes.$Properties[];
  /** What a part runs before it ends; by default it ends before it was seen to run. */
  readonly runsMs?: number;
  /** 2 unless given. */
  readonly cores?: number;
  /** 1 unless given; higher than that of an agent which had the name before. */
  readonly incarnation?: number;
};

/** A node that obeys: it starts what it is told, and ends it with exit 0. */
export class ScriptedNode {
  readonly launched: string[] = [];
  /** How long each answered report waited for its answer. */
  readonly answeredMs: number[] = [];
  private readonly known = new Set<string>();
  private readonly bus: Bus;
  private readonly name: string;
  private readonly parts = new Map<string, pibatch.ReportedPart.$Properties>();
  private epoch = 0;
  private count = 0;
  private timer: NodeJS.Timeout | undefined;
  readonly options: NodeOptions;

  constructor(bus: Bus, name: string, options: NodeOptions) {
    this.bus = bus;
    this.name = name;
    this.options = options;
  }

  start(): void {
    this.bus.subscribe(`pi.v1.order.${this.name}.launch`, ({ data }) => {
      const { id, epoch } = decodeMessage(pibatch.LaunchOrder, data);
      if (epoch !== this.epoch || !id) return;
      const key = `${id.job}.${id.attempt}.${id.part ?? 0}`;
      if (this.known.has(key)) return;
      this.known.add(key);
      this.launched.push(key);
      const { finish, runsMs = 0, output = [] } = this.options;
      const end = (): void => {
        const exited = { code: 0, signal: 0 };
        const ended = { endedMs: Date.now(), elapsedMs: runsMs || 1, exited, output: [...output] };
        this.parts.set(key, { id, ended });
        this.soon();
      };
      if (finish && runsMs === 0) return end();
      this.parts.set(key, { id, running: { startedMs: Date.now() } });
      if (finish) setTimeout(end, runsMs).unref();
      this.soon();
    });
    this.timer = setInterval(() => this.soon(), 100);
    this.soon();
  }

  /** One report at a time. */
  private soon(): void {
    if (this.reporting) {
      this.again = true;
      return;
    }
    this.reporting = true;
    void this.report().finally(() => {
      this.reporting = false;
      if (!this.again) return;
      this.again = false;
      this.soon();
    });
  }
  private reporting = false;
  private again = false;

  private async report(): Promise<void> {
    this.count += 1;
    const report: pibatch.NodeReport.$Properties = {
      generation: 1,
      epoch: this.epoch,
      incarnation: this.options.incarnation ?? 1,
      count: this.count,
      sentAtMs: Date.now(),
      facts: {
        hostName: this.name,
        model: 'scripted',
        architecture: 'x64',
        cores: Array.from({ length: this.options.cores ?? 2 }, (_, core) => core),
        memoryBytes: 1e9,
        bootId: 'boot-1',
        confinement: 'watch',
        weight: 1,
      },
      telemetry: {},
      parts: [...this.parts.values()],
    };
    try {
      const bytes = encodeMessage(pibatch.NodeReport, report);
      const options = { deadlineMs: 2_000, retry: false };
      const began = performance.now();
      const data = await this.bus.request(reportSubject(this.name), bytes, options);
      this.answeredMs.push(performance.now() - began);
      const answer = decodeMessage(pibatch.ReportAnswer, data);
      if (answer.fence) this.parts.clear();
      const changed = this.epoch !== answer.epoch;
      this.epoch = answer.epoch;
      for (const { job, attempt, part } of answer.acknowledged)
        this.parts.delete(`${job}.${attempt}.${part ?? 0}`);
      if (changed) this.again = true;
    } catch {
      // Nobody there: the next report says it all again.
    }
  }

  stop(): void {
    clearInterval(this.timer);
  }
}

export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 2_400; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`never: ${what}`);
}
