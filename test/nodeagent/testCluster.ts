import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processesWithEnvironment } from '../../nodeagent/process/procfs.ts';
import type { Bus } from '../../proto/bus.ts';
import { decodeMessage, encodeMessage, pibatch } from '../../proto/codec.ts';
import { writeConnection } from '../../proto/connection.ts';
import { ALL_REPORTS, orderSubject, parseReportSubject } from '../../proto/subjects.ts';
import { TestBroker } from '../proto/broker.ts';
import { bundleNodeAgent } from './bundle.ts';

type Order = pibatch.LaunchOrder.$Properties;

/**
 * Real agents on a real broker, and a test peer that speaks the scheduler's part: it records
 * every report and answers as told. It decides nothing: tests give the orders.
 */
export class TestCluster {
  readonly broker = new TestBroker();
  readonly agents = new Map<string, ChildProcess>();
  readonly reports = new Map<string, pibatch.NodeReport>();
  /** Ends as they were first reported. */
  readonly ends = new Map<string, pibatch.Ended.$Properties>();
  readonly answer = { generation: 1, epoch: 1, fence: false, leaseMs: 60_000, acknowledge: true };
  /** While true the scheduler is away: reports are not answered. */
  silent = false;
  bus!: Bus;
  private bundle: { main: string; remove: () => void } | undefined;
  private nextJob = 1;

  async start(nodes: readonly string[]): Promise<void> {
    this.bundle = await bundleNodeAgent();
    await this.broker.start();
    this.bus = await this.broker.connect('scheduler');
    await this.bus.prepareBlobs();
    this.bus.serve(ALL_REPORTS, ({ subject, data, reply }) => {
      const node = parseReportSubject(subject)?.node ?? '';
      const report = decodeMessage(pibatch.NodeReport, data);
      this.reports.set(node, report);
      if (!this.silent) reply(this.answerTo(report));
    });
    for (const node of nodes) await this.startAgent(node);
  }

  home(node: string): string {
    return join(this.broker.folder, 'nodes', node);
  }

  async startAgent(node: string): Promise<void> {
    mkdirSync(this.home(node), { recursive: true });
    writeConnection(join(this.home(node), 'connection.json'), this.broker.connection(node));
    const before = this.reports.get(node)?.incarnation ?? 0;
    const agent = spawn(
      process.execPath,
      [this.bundle?.main ?? '', '--home', this.home(node), '--cores', '0-3', '--memory', '4G'],
      { stdio: ['ignore', 'ignore', process.env['AGENT_LOG'] ? 'inherit' : 'ignore'] },
    );
    this.agents.set(node, agent);
    // By its second report it has the answer to the first, and with it a lease: orders count from then on.
    await this.until(`${node} joins`, () => {
      const { incarnation = 0, epoch = 0, count = 0 } = this.reports.get(node) ?? {};
      return incarnation > before && epoch > 0 && count > 1;
    });
  }

  /** What another agent in the home of a running one says before it leaves. */
  async startTwice(node: string): Promise<string> {
    const args = [this.bundle?.main ?? '', '--home', this.home(node)];
    const second = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    second.stderr.on('data', (chunk) => {
      said += chunk;
    });
    await new Promise((done) => second.once('close', done));
    return said;
  }

  /** `SIGKILL`, or `SIGTERM` for a clean stop; resolves when the process has gone. */
  async stopAgent(node: string, signal: NodeJS.Signals): Promise<void> {
    const agent = this.agents.get(node);
    this.agents.delete(node);
    if (!agent || agent.exitCode !== null || agent.signalCode !== null) return;
    const gone = new Promise((done) => agent.once('exit', done));
    agent.kill(signal);
    await gone;
  }

  /** A launch order for one job; each entry of `nodes` is a part. */
  order(
    spec: pibatch.JobSpec.$Properties,
    shape: { nodes?: readonly string[]; ranks?: number } = {},
  ): Order {
    const ranks = shape.ranks ?? 1;
    const nodes = shape.nodes ?? ['n1'];
    return {
      generation: this.answer.generation,
      epoch: this.answer.epoch,
      id: { job: this.nextJob++, attempt: 1, part: 0 },
      user: 'alice',
      clusterName: 'test',
      secret: Buffer.from('0123456789abcdef0123456789abcdef'),
      spec: { name: 'test', coresPerRank: 1, timeLimitMs: 600_000, ranks, ...spec },
      parts: nodes.map((node, i) => ({
        node,
        firstRank: i * ranks,
        ranks,
        cores: Array.from({ length: ranks }, (_, core) => core),
        weight: 1,
      })),
    };
  }

  send(order: Order): void {
    order.parts?.forEach(({ node }, part) => {
      const bytes = encodeMessage(pibatch.LaunchOrder, { ...order, id: { ...order.id, part } });
      this.bus.publish(orderSubject(node ?? '', 'launch'), bytes);
    });
  }

  /** Launches, wires when all parts listen, and waits for the ends, in the order of the parts. */
  async run(order: Order): Promise<pibatch.Ended.$Properties[]> {
    this.send(order);
    return this.endsOf(order);
  }

  async endsOf(order: Order): Promise<pibatch.Ended.$Properties[]> {
    const keys = (order.parts ?? []).map((_, part) => this.key(order, part));
    let wired = keys.length === 1;
    await this.until(`job ${order.id?.job} ends`, () => {
      wired ||= this.wireWhenListening(order);
      return keys.every((key) => this.ends.has(key));
    });
    return keys.map((key) => this.ends.get(key) ?? {});
  }

  end(order: Order, end: { why: string; signal?: number }): void {
    order.parts?.forEach(({ node }, part) => {
      const bytes = encodeMessage(pibatch.EndOrder, {
        generation: this.answer.generation,
        id: { ...order.id, part },
        ...end,
      });
      this.bus.publish(orderSubject(node ?? '', 'end'), bytes);
    });
  }

  /** One part, or all of them. */
  setTerms(order: Order, terms: pibatch.Terms.$Properties, only?: number): void {
    order.parts?.forEach(({ node }, part) => {
      if (only !== undefined && only !== part) return;
      const { generation } = this.answer;
      const bytes = encodeMessage(pibatch.TermsOrder, {
        generation,
        id: { ...order.id, part },
        terms: { timeLimitMs: order.spec?.timeLimitMs ?? 0, ...terms },
      });
      this.bus.publish(orderSubject(node ?? '', 'terms'), bytes);
    });
  }

  stageOf(order: Order, part = 0): pibatch.ReportedPart.$Properties {
    const node = order.parts?.[part]?.node ?? '';
    const all = this.reports.get(node)?.parts ?? [];
    return all.find(({ id }) => id?.job === order.id?.job && (id?.part ?? 0) === part) ?? {};
  }

  async running(order: Order): Promise<void> {
    await this.until(`job ${order.id?.job} runs`, () => Boolean(this.stageOf(order).running));
  }

  key(order: Order, part: number): string {
    return `${order.id?.job}.${order.id?.attempt}.${part}`;
  }

  partFolder(order: Order, part = 0): string {
    const node = order.parts?.[part]?.node ?? '';
    return join(this.home(node), 'parts', this.key(order, part));
  }

  /** Process id of the job host, from its claim. */
  hostOf(order: Order): number {
    return JSON.parse(readFileSync(join(this.partFolder(order), 'claim'), 'utf8')).process;
  }

  async until(what: string, condition: () => boolean): Promise<void> {
    for (let waitedMs = 0; !condition(); waitedMs += 20) {
      if (waitedMs > 120_000) throw new Error(`waited in vain until ${what}`);
      await sleep(20);
    }
  }

  async stop(): Promise<void> {
    for (const node of this.agents.keys()) await this.stopAgent(node, 'SIGKILL');
    for (const process_ of this.leftovers()) process.kill(process_, 'SIGKILL');
    await this.broker.stop();
    this.bundle?.remove();
  }

  /** Job hosts and ranks of this cluster that are still alive. */
  leftovers(): number[] {
    const nodes = join(this.broker.folder, 'nodes');
    if (!existsSync(nodes)) return [];
    return readdirSync(nodes).flatMap((node) => {
      const parts = join(nodes, node, 'parts');
      if (!existsSync(parts)) return [];
      return readdirSync(parts).flatMap((key) => [
        ...processesWithEnvironment(`PIBATCH_PART_FOLDER=${join(parts, key)}`),
        ...hostAt(join(parts, key)),
      ]);
    });
  }

  private answerTo(report: pibatch.NodeReport): Uint8Array {
    const over = report.parts.filter(({ ended }) => ended);
    for (const { id, ended } of over) {
      const key = `${id?.job}.${id?.attempt}.${id?.part}`;
      if (ended && !this.ends.has(key)) this.ends.set(key, ended);
    }
    const acknowledged = this.answer.acknowledge ? over.map(({ id }) => id ?? {}) : [];
    const { generation, epoch, fence, leaseMs } = this.answer;
    return encodeMessage(pibatch.ReportAnswer, {
      generation,
      epoch,
      fence,
      leaseMs,
      acknowledged,
      heartbeatMs: 1_000,
    });
  }

  wireWhenListening(order: Order): boolean {
    const parts = order.parts ?? [];
    const peers = parts.map((_, part) => this.stageOf(order, part).running?.listens);
    if (!peers.every((peer) => peer)) return false;
    parts.forEach(({ node }, part) => {
      const bytes = encodeMessage(pibatch.WireOrder, {
        generation: this.answer.generation,
        id: { ...order.id, part },
        peers: peers.map((peer) => peer ?? {}),
      });
      this.bus.publish(orderSubject(node ?? '', 'wire'), bytes);
    });
    return true;
  }
}

function hostAt(folder: string): number[] {
  try {
    const { process: id } = JSON.parse(readFileSync(join(folder, 'claim'), 'utf8'));
    const line = readFileSync(`/proc/${id}/cmdline`, 'utf8');
    return line.includes('jobhost') ? [id] : [];
  } catch {
    return [];
  }
}

/** Text of what a part stored inline. */
export const inlineText = (stored: pibatch.StoredBytes.$Properties | null | undefined): string =>
  Buffer.from(stored?.inline ?? []).toString();
