/**
 * `npm run bench -- flood [--rate N] [--clients N] [--seconds S]`: one user sends N requests a second
 * (10,000) from some processes (2), half of them submits and half questions for all jobs, while another
 * submits four jobs a second: how long those wait for their answer, without the flood and with it, and how
 * long a node's reports do. Scheduler and broker are real, the node is a scripted one.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeConnection } from '../proto/connection.ts';
import { Asker, ScriptedNode, Stage, TRUE_JOB } from '../test/scheduler/live/stage.ts';
import { FloodClient, floodUntilTold } from './flood/floodClient.ts';
import { percentile } from './percentile.ts';
import { wholeNumberAfter } from './wholeNumberAfter.ts';

const PAUSE_MS = 250;
/** Until all flood clients run, and the users' burst is used up. */
const SETTLE_MS = 2_000;

export async function run(argv: string[]): Promise<unknown> {
  const rate = wholeNumberAfter(argv, '--rate') ?? 10_000;
  const after = (option: string): string | undefined => argv[argv.indexOf(option) + 1];
  if (argv.includes('--client')) {
    const [connectionPath, name] = [after('--client') ?? '', after('--name') ?? 'flood'];
    return floodUntilTold({ connectionPath, name, rate });
  }
  const seconds = wholeNumberAfter(argv, '--seconds') ?? 30;
  const clients = wholeNumberAfter(argv, '--clients') ?? 2;
  const stage = new Stage();
  // Nobody else would end its broker.
  const interrupt = (): void => void stage.stop().finally(() => process.exit(130));
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    await stage.start();
    const options = { finish: true, cores: 64 };
    const node = new ScriptedNode(await stage.broker.connect('n1'), 'n1', options);
    node.start();
    const bob = new Asker(await stage.broker.connect('bob'), 'bob');
    await sleep(1_000);
    const count = Math.ceil((seconds * 1_000) / PAUSE_MS);
    const idle = await measure(bob, node, { count, name: 'idle' });
    const connectionPath = join(stage.home, '..', 'alice', 'connection.json');
    writeConnection(connectionPath, stage.broker.connection('alice'));
    const flood = Array.from(
      { length: clients },
      (_, at) => new FloodClient(connectionPath, `flood${at}`, rate / clients),
    );
    await sleep(SETTLE_MS);
    const cpuMs = stage.schedulerCpuMs();
    const began = performance.now();
    const flooded = await measure(bob, node, { count, name: 'flooded' });
    const schedulerCpu = (stage.schedulerCpuMs() - cpuMs) / (performance.now() - began);
    const said = await Promise.all(flood.map((client) => client.stop()));
    node.stop();
    const perS = (key: 'sent' | 'answered'): number =>
      Math.round(said.reduce((sum, each) => sum + each[key] / (each.ms / 1_000), 0));
    return {
      rate,
      clients,
      sentPerS: perS('sent'),
      answeredPerS: perS('answered'),
      seconds,
      idle,
      flooded,
      /** Of one core. */
      schedulerCpu: Math.round(schedulerCpu * 100) / 100,
    };
  } finally {
    await stage.stop();
  }
}

/** Milliseconds from each submit to its acknowledgement, and from each report to its answer. */
async function measure(
  user: Asker,
  node: ScriptedNode,
  { count, name }: { readonly count: number; readonly name: string },
) {
  const waits: number[] = [];
  node.answeredMs.length = 0;
  for (let sent = 0; sent < count; sent += 1) {
    const began = performance.now();
    await user.submit(`${name}-${sent}`, TRUE_JOB);
    waits.push(performance.now() - began);
    await sleep(PAUSE_MS);
  }
  const shares = (times: readonly number[]) => ({
    p50Ms: Math.round(percentile(times, 0.5) * 10) / 10,
    p99Ms: Math.round(percentile(times, 0.99) * 10) / 10,
  });
  return { submits: shares(waits), reports: shares(node.answeredMs) };
}
