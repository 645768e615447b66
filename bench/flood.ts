/**
 * `npm run bench -- flood [--rate N] [--seconds S]`: one user sends N requests a second (10,000), half of
 * them submits and half questions for all jobs, while another submits four jobs a second: how long
 * those wait for their answer, without the flood and with it, and how late reports are heard.
 * Scheduler and broker are real, the node is a scripted one.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '../proto/bus.ts';
import { encodeMessage, pibatch } from '../proto/codec.ts';
import { userSubject } from '../proto/subjects.ts';
import { Asker, ScriptedNode, Stage, TRUE_JOB } from '../test/scheduler/live/stage.ts';
import { percentile } from './percentile.ts';
import { wholeNumberAfter } from './wholeNumberAfter.ts';

const PAUSE_MS = 250;
const TICK_MS = 10;

export async function run(argv: string[]): Promise<unknown> {
  const rate = wholeNumberAfter(argv, '--rate') ?? 10_000;
  const seconds = wholeNumberAfter(argv, '--seconds') ?? 30;
  const stage = new Stage();
  // Nobody else would end its broker.
  const interrupt = (): void => void stage.stop().finally(() => process.exit(130));
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    await stage.start();
    const node = new ScriptedNode(await stage.broker.connect('n1'), 'n1', {
      finish: true,
      cores: 64,
    });
    node.start();
    const bob = new Asker(await stage.broker.connect('bob'), 'bob');
    await sleep(1_000);
    const count = Math.ceil((seconds * 1_000) / PAUSE_MS);
    const idle = await measure(bob, count, 'idle');
    const flood = new Flood(await stage.broker.connect('alice'), rate);
    const flooded = await measure(bob, count, 'flooded');
    const sentPerS = flood.stop();
    node.stop();
    const shares = (waits: readonly number[]) => ({
      p50Ms: percentile(waits, 0.5),
      p99Ms: percentile(waits, 0.99),
    });
    return { rate, sentPerS, seconds, idle: shares(idle), flooded: shares(flooded) };
  } finally {
    await stage.stop();
  }
}

/** Milliseconds from each submit to its acknowledgement. */
async function measure(user: Asker, count: number, name: string): Promise<number[]> {
  const waits: number[] = [];
  for (let sent = 0; sent < count; sent += 1) {
    const began = performance.now();
    await user.submit(`${name}-${sent}`, TRUE_JOB);
    waits.push(Math.round((performance.now() - began) * 10) / 10);
    await sleep(PAUSE_MS);
  }
  return waits;
}

/** Requests without patience: what is not answered is not sent again, new ones follow. */
class Flood {
  private readonly bus: Bus;
  private readonly timer: NodeJS.Timeout;
  private readonly began = performance.now();
  private sent = 0;

  constructor(bus: Bus, rate: number) {
    this.bus = bus;
    this.timer = setInterval(() => {
      const due = ((performance.now() - this.began) / 1_000) * rate;
      while (this.sent < due) this.send();
    }, TICK_MS);
  }

  /** Returns how many it sent a second. */
  stop(): number {
    clearInterval(this.timer);
    return Math.round(this.sent / ((performance.now() - this.began) / 1_000));
  }

  private send(): void {
    this.sent += 1;
    const isSubmit = this.sent % 2 === 0;
    const body = isSubmit
      ? encodeMessage(pibatch.Submit, { requestId: `flood-${this.sent}`, spec: TRUE_JOB })
      : encodeMessage(pibatch.ListJobs, { finished: true });
    const subject = userSubject('alice', isSubmit ? 'submit' : 'jobs');
    this.bus.request(subject, body, { deadlineMs: 2_000, retry: false }).catch(() => undefined);
  }
}
