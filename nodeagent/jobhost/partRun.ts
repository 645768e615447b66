import type { PartExit } from '../record/partExit.ts';
import { ownRanks } from '../record/plannedRanks.ts';
import type { PartPlan, PlannedPart } from '../record/partPlan.ts';
import { peakMemoryOf } from '../process/procfs.ts';
import { monotonicMs } from '../process/monotonic.ts';
import type { Ending } from './ending.ts';
import { causeOf } from './ending.ts';
import type { Rank, RankEnd } from './rank.ts';
import { memoryFailure } from './rank.ts';
import type { EnergyMeter } from './energyMeter.ts';
import type { RankStarter } from './rankStarter.ts';
import { RunClock } from './runClock.ts';
import type { UsageMeter } from './usageMeter.ts';

/**
 * One part from its first rank to its exit record. Ranks run until they return; the first
 * cause that ends them early (a failed rank, an order, a limit) is the outcome, and the others
 * are told by name why they end: TERM, grace, KILL for processes, abort and terminate for threads.
 */
/** A job host with idle rank threads: Node, code, thread stacks. */
const HOST_BYTES = 160 * 2 ** 20;

/** Messages travel in reports: bounded, and without what no terminal shows. */
const MESSAGE_LIMIT = 2_000;
/** Ranks read clocks that go on while they are suspended: what they measured by them is not told. */
const UNKNOWN_TIMES = { usefulMs: undefined, blockedMs: undefined };
const printable = (message: string): string =>
  message.slice(0, MESSAGE_LIMIT).replaceAll(/[^\P{Cc}\n\t]/gu, '\uFFFD');

export type PartRunOptions = {
  readonly plan: PartPlan;
  readonly part: PlannedPart;
  readonly starter: RankStarter;
  readonly meter: UsageMeter;
  readonly graceMs: number;
  readonly isThrottled: () => boolean;
  readonly energy: EnergyMeter | undefined;
};

export class PartRun {
  private readonly options: PartRunOptions;
  private readonly clock = new RunClock(monotonicMs());
  private ranksStarted = false;
  private readonly live = new Map<number, Rank>();
  private readonly ends = new Map<number, RankEnd>();
  private ending: Ending | undefined;
  private wakeEnding: () => void = () => undefined;
  private readonly endingBegan = new Promise<void>((done) => {
    this.wakeEnding = done;
  });
  private killAtMs = Number.POSITIVE_INFINITY;
  leaseUntilMs = Number.POSITIVE_INFINITY;
  timeLimitMs: number;
  private throttledMs = 0;
  private watchedAtMs = monotonicMs();
  private signalled = false;

  constructor(options: PartRunOptions) {
    this.options = options;
    this.timeLimitMs = options.plan.timeLimitMs;
  }

  /** Resolves when nothing of the part runs any more. */
  async run(): Promise<PartExit> {
    const { starter } = this.options;
    await Promise.race([this.prepare(), this.endingBegan]);
    this.clock.ranksBegin(monotonicMs());
    if (!this.ending) await this.startRanks();
    this.ranksStarted = true;
    await Promise.all([...this.live.values()].map((rank) => rank.over));
    const record = this.record();
    // What comes in from other parts may take a moment, which is no part of the run.
    const segments = await starter.segments();
    await starter.close();
    return { ...record, segments: record.suspendedMs > 0 ? undefined : segments };
  }

  get isStuck(): boolean {
    return [...this.ends.values()].some((end) => end.stuck);
  }

  /** The first cause wins; later ones may only shorten the time until what is left is killed. */
  end(ending: Ending, graceMs = this.options.graceMs): void {
    this.killWithin(graceMs);
    if (this.ending) return;
    this.ending = ending;
    this.wakeEnding();
    if (ending.kind !== 'rankFailed') this.options.starter.abort(this.cause(ending));
    for (const rank of this.live.values()) rank.end();
    this.resume();
  }

  get isSuspended(): boolean {
    return this.clock.isStopped;
  }

  /** Ranks stop, and their time stands still. Not before they run: then it is asked for again. */
  suspend(): void {
    if (this.ending || !this.ranksStarted) return;
    if (!this.isSuspended) this.watch();
    this.clock.stop(monotonicMs());
    this.options.starter.stop();
  }

  resume(): void {
    if (!this.isSuspended) return;
    this.options.energy?.skip(this.clock.goOn(monotonicMs()));
    this.watchedAtMs = monotonicMs();
    this.options.starter.goOn();
  }

  private killWithin(graceMs: number): void {
    const killAtMs = monotonicMs() + graceMs;
    if (killAtMs >= this.killAtMs) return;
    this.killAtMs = killAtMs;
    const killAll = (): void => {
      for (const rank of this.live.values()) rank.kill();
    };
    setTimeout(killAll, graceMs).unref();
  }

  signal(signal: number): void {
    for (const rank of this.live.values()) rank.signal(signal);
  }

  /** Called every second: limits, measurements. */
  watch(): void {
    const { plan, meter, isThrottled, energy } = this.options;
    const now = monotonicMs();
    const leftMs = this.clock.leftMs(this.timeLimitMs, now);
    if (plan.signal && !this.signalled && leftMs <= plan.signal.beforeMs) {
      this.signalled = true;
      this.signal(plan.signal.number);
    }
    if (leftMs <= 0) this.end({ kind: 'timeLimit' });
    if (plan.requeue && now >= this.leaseUntilMs) this.end({ kind: 'leaseExpired' });
    if (!this.isSuspended) {
      // What one look sees is taken to have been so since the one before.
      if (isThrottled()) this.throttledMs += now - this.watchedAtMs;
      this.watchedAtMs = now;
      energy?.sample();
    }
    const [rank] = meter.sample(this.memoryLimitBytes);
    if (rank !== undefined) this.exceededMemory(rank);
    else if (this.hostHoldsTooMuch()) this.exceededMemory(this.firstRank);
  }

  private get firstRank(): number {
    return ownRanks(this.options.plan)[0] ?? 0;
  }

  /** In ms, 0: none. A limit that is over by now ends the part; one moved away is announced anew. */
  changeLimit(timeLimitMs: number): void {
    this.timeLimitMs = timeLimitMs;
    const { signal } = this.options.plan;
    const leftMs = this.clock.leftMs(timeLimitMs, monotonicMs());
    if (signal && leftMs > signal.beforeMs) this.signalled = false;
    this.watch();
  }

  /** The rank, or the whole host (then its first rank stands for all), holds too much. */
  exceededMemory(rank: number): void {
    const failure = memoryFailure(this.memoryLimitBytes);
    const exit = { code: 0, signal: 9 };
    this.end({ kind: 'rankFailed', rank, failure, exit, outOfMemory: true, peerLost: false });
    for (const live of this.live.values()) live.kill();
  }

  /** Of one rank; a script has what all ranks of its node were given. */
  private get memoryLimitBytes(): number {
    const { plan, part } = this.options;
    return plan.memoryPerRankBytes * (plan.program.kind === 'script' ? part.ranks : 1);
  }

  /** Threads share one process: together they may hold what they were given, and its own needs. */
  private hostHoldsTooMuch(): boolean {
    const { plan, part } = this.options;
    if (plan.program.kind !== 'kernel' || plan.memoryPerRankBytes === 0) return false;
    return process.memoryUsage.rss() > plan.memoryPerRankBytes * part.ranks + HOST_BYTES;
  }

  private async prepare(): Promise<void> {
    try {
      await this.options.starter.prepare();
    } catch (error) {
      this.startFailed(this.firstRank, error);
    }
  }

  private startFailed(rank: number, error: unknown): void {
    const failure = `could not start: ${error instanceof Error ? error.message : String(error)}`;
    const exit = { code: 1, signal: 0 };
    this.end({ kind: 'rankFailed', rank, failure, exit, outOfMemory: false, peerLost: false });
  }

  private async startRanks(): Promise<void> {
    for (const rank of this.options.starter.ranks) {
      if (this.ending) return;
      try {
        const started = this.options.starter.start(rank);
        this.live.set(rank, started);
        void started.over.then((end) => this.rankOver(rank, end));
      } catch (error) {
        // An argument that the system refuses, such as one with a NUL character.
        this.startFailed(rank, error);
      }
      // Spawning without a pause starves the event loop.
      await new Promise((done) => setImmediate(done));
    }
  }

  private rankOver(rank: number, end: RankEnd): void {
    this.live.delete(rank);
    this.ends.set(rank, end);
    const { failure, exit, outOfMemory, peerLost = false } = end;
    if (failure !== undefined)
      this.end({ kind: 'rankFailed', rank, failure, exit, outOfMemory, peerLost });
  }

  private cause(ending: Ending): string {
    return causeOf(ending, this.options.plan.node);
  }

  private record(): Omit<PartExit, 'segments' | 'suspendedMs'> & { suspendedMs: number } {
    const { meter, starter, plan, energy } = this.options;
    const endedAtMs = monotonicMs();
    const suspendedMs = Math.round(this.clock.suspendedMs(endedAtMs));
    meter.settleReaped();
    const ends = [...this.ends].sort(([a], [b]) => a - b);
    return {
      endedMs: Date.now(),
      elapsedMs: Math.round(this.clock.elapsedMs(endedAtMs)),
      suspendedMs,
      outcome: this.outcome(),
      usage: ends.map(([rank, end]) => ({
        ...meter.usageOf(rank, end.exit, starter.collectiveUsage(rank)),
        ...(suspendedMs > 0 && UNKNOWN_TIMES),
      })),
      truncatedRanks: ends.filter(([, end]) => end.truncated).map(([rank]) => rank),
      result: plan.program.kind === 'kernel' && starter.hasResult(),
      peakMemoryBytes:
        plan.program.kind === 'kernel' ? peakMemoryOf('self') : meter.peakBytes || undefined,
      throttled: this.throttledMs > 0,
      throttledMs: Math.round(this.throttledMs),
      energy: energy?.used(endedAtMs),
      collectives: suspendedMs > 0 ? undefined : starter.collectives(),
    };
  }

  private outcome(): PartExit['outcome'] {
    const { ending } = this;
    if (!ending) return { kind: 'exited', exit: { code: 0, signal: 0 }, failure: undefined };
    if (ending.kind !== 'rankFailed') return { kind: ending.kind };
    const { rank, peerLost } = ending;
    const failure = { rank, message: printable(ending.failure), peerLost };
    if (ending.outOfMemory) return { kind: 'outOfMemory', failure };
    return { kind: 'exited', exit: ending.exit, failure };
  }
}
