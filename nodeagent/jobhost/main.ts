import { readFileSync, statSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { PartAddress } from '../../collectives/partAddress.ts';
import { isThrottledNow, readThrottledBits } from '../discovery/telemetry.ts';
import { sysrootAt } from '../discovery/sysroot.ts';
import { createOnce, writeDurably } from '../record/durableFile.ts';
import type { Claim } from '../record/claim.ts';
import type { FromHost, ToHost } from '../record/hostMessage.ts';
import type { PartExit } from '../record/partExit.ts';
import type { PartFolder } from '../record/partFolder.ts';
import { partFolder } from '../record/partFolder.ts';
import type { PartPlan, PlannedPart } from '../record/partPlan.ts';
import { partPlan } from '../record/partPlan.ts';
import type { GroupBase } from '../process/memoryGroup.ts';
import { bootId } from '../../proto/processIdentity.ts';
import { monotonicMs } from '../process/monotonic.ts';
import { statOf } from '../process/procfs.ts';
import { readBoardEnergy } from '../power/boardMeter.ts';
import { parseRecord } from '../record/shape.ts';
import { shortPath } from '../record/shortPath.ts';
import { AgentLink } from './agentLink.ts';
import { commandStarter } from './commandStarter.ts';
import { EnergyMeter } from './energyMeter.ts';
import { partTag } from './environment.ts';
import { kernelStarter } from './kernelStarter.ts';
import { killLeftovers } from '../process/leftovers.ts';
import { PartRun } from './partRun.ts';
import { outputName } from './rankOutput.ts';
import type { RankStarter } from './rankStarter.ts';
import { scriptStarter } from './scriptStarter.ts';
import { UsageMeter } from './usageMeter.ts';

/**
 * The job host: one process per part, in a session of its own, started by the agent in the
 * part's folder and independent of it from then on. It claims the part, runs its ranks, writes
 * the exit record and leaves. User code never runs on this thread.
 * Arguments: <lease end, CLOCK_MONOTONIC ms> <sysroot> [<version>:<folder> of memory groups].
 */
const WATCH_MS = 1_000;
const OUTPUT_CHECK_MS = 100;
/** First measurements come early: short jobs have a peak too. */
const EARLY_SAMPLES_MS = [20, 60, 150, 400];
/** Slurm's KillWait: between TERM and KILL. */
const GRACE_MS = 10_000;
const GOODBYE_MS = 500;
const PARTING_MS = 50;

function groupBaseArgument(): GroupBase | undefined {
  const match = /^([12]):(\/.+)$/.exec(process.argv[4] ?? '');
  return match ? { version: match[1] === '1' ? 1 : 2, folder: match[2] ?? '' } : undefined;
}

type Running = Extract<FromHost, { kind: 'running' }>;

async function main(): Promise<void> {
  const folder = partFolder(process.cwd());
  const plan = parseRecord(partPlan, readFileSync(folder.plan, 'utf8'), folder.plan);
  const part = plan.parts[plan.id.part];
  if (!part) throw new Error(`${folder.plan}: there is no part ${plan.id.part}`);
  if (!claimPart(folder)) return;
  const host = new JobHost(plan, part, folder);
  const record = await host.run();
  await killLeftovers(folder.root);
  writeDurably(folder.exit, JSON.stringify(record));
  await host.leave();
}

/** Whoever creates the claim runs the part; the other one leaves without a trace. */
function claimPart(folder: PartFolder): boolean {
  const startTicks = statOf('self')?.startTicks ?? 0;
  const claim: Claim = {
    process: process.pid,
    startTicks,
    bootId: bootId(),
    claimedMs: Date.now(),
  };
  return createOnce(folder.claim, JSON.stringify(claim));
}

class JobHost {
  private readonly plan: PartPlan;
  private readonly folder: PartFolder;
  private readonly starter: RankStarter;
  private readonly partRun: PartRun;
  private readonly link: AgentLink;
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly outputSizes = new Map<number, number>();
  private running: Running | undefined;
  /** Written by all ranks and not stored yet. */
  private checkpoint: number | undefined;

  constructor(plan: PartPlan, part: PlannedPart, folder: PartFolder) {
    this.plan = plan;
    this.folder = folder;
    const meter = new UsageMeter();
    this.starter = this.starterOf(part, meter);
    const sysroot = sysrootAt(process.argv[3] ?? '/');
    this.partRun = new PartRun({
      plan,
      part,
      starter: this.starter,
      meter,
      graceMs: GRACE_MS,
      isThrottled: () => isThrottledNow(readThrottledBits(sysroot)),
      energy: new EnergyMeter({
        read: () => readBoardEnergy(join(folder.root, '../..')),
        share: Math.min(1, part.cores.length / Math.max(1, cpus().length)),
        startedAtMs: monotonicMs(),
      }),
    });
    this.partRun.leaseUntilMs = Number(process.argv[2]) || Number.POSITIVE_INFINITY;
    this.link = new AgentLink({
      socketPath: shortPath(join(folder.root, '../..'), 'agent.sock'),
      greeting: () => this.greeting(),
      onMessage: (message) => this.obey(message),
    });
  }

  async run(): Promise<PartExit> {
    process.chdir(this.folder.work);
    process.on('SIGTERM', () => {
      this.partRun.end({ kind: 'killed', why: 'the job host was told to end (SIGTERM)' });
    });
    for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
    const { program, parts } = this.plan;
    if (program.kind === 'command' || (program.kind === 'script' && parts.length === 1))
      this.isRunning(undefined, true);
    // After a stop the lease that was renewed meanwhile is read before it is judged.
    const watch = (): void => void setImmediate(() => this.watch());
    this.timers.push(setInterval(watch, WATCH_MS));
    this.timers.push(...EARLY_SAMPLES_MS.map((delay) => setTimeout(watch, delay)));
    this.timers.push(setInterval(() => this.tellOutput(), OUTPUT_CHECK_MS));
    return this.partRun.run();
  }

  /** The record is on disk: says so and ends, by force when a thread holds on. */
  async leave(): Promise<void> {
    for (const timer of this.timers) clearTimeout(timer);
    this.tellOutput();
    this.link.say({ kind: 'ended' });
    await this.link.close(GOODBYE_MS);
    if (this.partRun.isStuck) process.kill(process.pid, 'SIGKILL');
    process.exit(0);
  }

  private starterOf(part: PlannedPart, meter: UsageMeter): RankStarter {
    const { plan, folder } = this;
    const commands = () =>
      commandStarter({ plan, part, folder, meter, groupBase: groupBaseArgument() });
    if (plan.program.kind === 'command') return commands();
    let listens: Running['listens'];
    const onListening = (address: PartAddress | undefined): void => {
      listens = address && { host: address.host, port: address.port };
      this.isRunning(listens, false);
    };
    const onWired = (): void => this.isRunning(listens, true);
    if (plan.program.kind === 'script')
      return scriptStarter({ plan, commands: commands(), onListening, onWired });
    const threadFile = join(import.meta.dirname, 'rankThread.js');
    return kernelStarter({
      plan,
      part,
      folder,
      meter,
      threadFile,
      onListening,
      onWired,
      onProgress: (fraction) => this.link.say({ kind: 'progress', fraction }),
      onCheckpoint: (sequence) => this.keepCheckpoint(sequence),
    });
  }

  private isRunning(listens: Running['listens'], wired: boolean): void {
    const startedMs = this.running?.startedMs ?? Date.now();
    const { timeLimitMs, isSuspended: suspended } = this.partRun;
    const terms = { timeLimitMs, suspended };
    const stop = suspended && this.starter.inHost;
    this.running = { kind: 'running', startedMs, listens, wired, terms, stop };
    this.link.say(this.running);
  }

  private watch(): void {
    this.partRun.watch();
    // It runs, though it is to be stopped: the agent that was told so is gone, or somebody else woke it.
    if (this.running?.stop) this.link.say(this.running);
  }

  private changeTerms({ timeLimitMs, suspended }: Running['terms']): void {
    this.partRun.changeLimit(timeLimitMs);
    if (suspended) this.partRun.suspend();
    else this.partRun.resume();
    const tell = (): void => {
      if (this.running) this.isRunning(this.running.listens, this.running.wired);
    };
    // What it has told its peers leaves before it is stopped.
    if (suspended && this.starter.inHost) setTimeout(tell, PARTING_MS);
    else tell();
  }

  private greeting(): FromHost[] {
    const hello: FromHost = { kind: 'hello', part: partTag(this.plan), process: process.pid };
    const { running, checkpoint: sequence } = this;
    return [
      hello,
      ...(running ? [running] : []),
      ...(sequence === undefined ? [] : [{ kind: 'checkpoint', sequence } as const]),
    ];
  }

  private keepCheckpoint(sequence: number): void {
    this.checkpoint = sequence;
    this.link.say({ kind: 'checkpoint', sequence });
  }

  private isStored(sequence: number): void {
    if (this.checkpoint === undefined || sequence < this.checkpoint) return;
    this.checkpoint = undefined;
    this.starter.stored(sequence);
  }

  private obey(message: ToHost): void {
    if (message.kind === 'stored') this.isStored(message.sequence);
    if (message.kind === 'wire') this.starter.wire(message.peers);
    if (message.kind === 'terms') this.changeTerms(message.terms);
    if (message.kind === 'lease') this.partRun.leaseUntilMs = message.untilMs;
    if (message.kind !== 'end') return;
    if (message.signal !== undefined) this.partRun.signal(message.signal);
    else this.partRun.end({ kind: 'killed', why: message.why }, message.graceMs);
  }

  private tellOutput(): void {
    for (const rank of this.starter.ranks) {
      const path = join(this.folder.output, outputName(rank));
      const sizeBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
      if (sizeBytes <= (this.outputSizes.get(rank) ?? 0)) continue;
      this.outputSizes.set(rank, sizeBytes);
      this.link.say({ kind: 'output', rank, sizeBytes });
    }
  }
}

await main();
