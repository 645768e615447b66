/** The job hosts of one simulated node: they need no agent to end at their limit and lease. */
import type { Launch, PartTerms } from '../../scheduler/model/effect.ts';
import type { PartId } from '../../scheduler/model/ids.ts';
import type { PartOutcome } from '../../scheduler/model/outcome.ts';
import type { Random } from '../../scheduler/sim/random.ts';
import type { Said } from './said.ts';
import type { NodeClock } from './clock.ts';
import type { Folder } from './folder.ts';
import { endedWell, type Observer } from './observer.ts';
import { KILLED, NOTHING_LEFT } from './reportedPart.ts';
import type { Rule } from './rule.ts';

export type HostParts = {
  readonly node: string;
  readonly clock: NodeClock;
  readonly observer: Observer;
  readonly random: Random;
  readonly without: Rule | undefined;
  /** From the order to end to the end. */
  readonly killMs: number;
  /** What the program does: how long it runs and how it ends. */
  runtimeOf(id: PartId): { readonly runMs: number; readonly outcome: PartOutcome };
  agentLives(): boolean;
  say(said: Said): void;
};

const LEASE_CHECK_MS = 1_000;
const PEER_CHECK_MS = 2_000;
const STOPPED_CHECK_MS = 1_000;
/** A limit may have been changed. */
const LIMIT_CHECK_MS = 5_000;

const isKernel = ({ id }: Folder): boolean => id.job % 2 === 1;

export class JobHosts {
  private readonly parts: HostParts;

  constructor(parts: HostParts) {
    this.parts = parts;
  }

  /** The host claims the part, if nobody did, and starts its ranks. */
  start(folder: Folder, launch: Launch): void {
    if (folder.end || (folder.claimed && this.parts.without !== 'claim')) return;
    const { clock, observer, node, without } = this.parts;
    folder.claimed = true;
    folder.alive = true;
    folder.startedMs = clock.monotonicMs();
    folder.startedWallMs = clock.wallMs();
    const { epoch } = folder;
    const { task, id, request } = launch.job;
    const name = task ? `${task.array}_${task.index}` : `${id}`;
    const onlyOnce = request.requeue ? undefined : name;
    observer.started({ node, part: folder.id, epoch, cores: launch.part.cores, onlyOnce });
    if (launch.parts.length === 1) this.runRanks(folder);
    if (launch.job.request.requeue && without !== 'lease') this.watchLease(folder);
    this.parts.say({ kind: 'hostConnected', id: folder.id });
    this.tellRunning(folder);
  }

  tellRunning(folder: Folder): void {
    if (!folder.alive) return;
    const { id, startedWallMs: startedMs, wired, limitMs: timeLimitMs, suspended } = folder;
    const gang = (folder.launch?.parts.length ?? 1) > 1;
    const listens = gang ? { host: 'node', port: 9_000 + id.part } : undefined;
    const terms = { timeLimitMs, suspended };
    const stop = suspended && isKernel(folder);
    this.parts.say({ kind: 'partRunning', id, startedMs, listens, wired, terms, stop });
  }

  /** What a stopped host is told it hears when it goes on. */
  tell(folder: Folder, hears: () => void): void {
    if (folder.stopped) folder.unheard.push(hears);
    else hears();
  }

  /** Not before its ranks run: then it is asked for again. */
  setTerms(folder: Folder, { timeLimitMs, suspended = false }: PartTerms): void {
    if (!folder.alive) return;
    folder.limitMs = timeLimitMs;
    const gang = (folder.launch?.parts.length ?? 1) > 1;
    if (!suspended || folder.wired || !gang) this.stand(folder, suspended);
    this.tellRunning(folder);
  }

  private stand(folder: Folder, still: boolean): void {
    if (folder.suspended === still) return;
    const now = this.parts.clock.monotonicMs();
    if (!still) folder.stoodStillMs += now - folder.stillSinceMs;
    folder.stillSinceMs = now;
    folder.suspended = still;
  }

  signal(folder: Folder | undefined, what: 'stopHost' | 'continueHost' | 'killHost'): void {
    if (!folder?.alive) return;
    if (what === 'stopHost') {
      folder.stopped = true;
      this.parts.observer.stands(folder.id, true);
    } else if (what === 'killHost' && this.parts.without !== 'stopped') this.die(folder);
    else if (folder.stopped) this.goOn(folder);
  }

  /** Its line to an agent that has gone is dialled anew. */
  private goOn(folder: Folder): void {
    folder.stopped = false;
    this.parts.observer.stands(folder.id, false);
    for (const hears of folder.unheard.splice(0)) hears();
    this.parts.say({ kind: 'hostConnected', id: folder.id });
    this.tellRunning(folder);
  }

  /** How long its ranks have run since `sinceMs`, when they had stood still for `stillMs`. */
  private ranMs(folder: Folder, sinceMs: number, stillMs: number): number {
    const now = this.parts.clock.monotonicMs();
    const stoodMs =
      folder.stoodStillMs - stillMs + (folder.suspended ? now - folder.stillSinceMs : 0);
    return now - sinceMs - stoodMs;
  }

  /** Once its ranks have run for so long. */
  private whenRan(folder: Folder, milliseconds: () => number, act: () => void): void {
    const [sinceMs, stillMs] = [this.parts.clock.monotonicMs(), folder.stoodStillMs];
    const look = (): void => {
      if (!folder.alive) return;
      const leftMs = milliseconds() - this.ranMs(folder, sinceMs, stillMs);
      const again = folder.suspended || folder.stopped ? STOPPED_CHECK_MS : leftMs;
      if (leftMs > 0 || folder.stopped) this.parts.clock.later(Math.max(1, again), look);
      else act();
    };
    this.parts.clock.later(Math.min(LIMIT_CHECK_MS, milliseconds()), look);
  }

  wire(folder: Folder): void {
    if (!folder.alive || folder.wired) return;
    folder.wired = true;
    this.runRanks(folder);
    this.tellRunning(folder);
  }

  private runRanks(folder: Folder): void {
    const limit = (): number => folder.limitMs || Infinity;
    this.whenRan(folder, limit, () => this.end(folder, { kind: 'timeLimit' }));
    const { runMs, outcome } = this.parts.runtimeOf(folder.id);
    this.whenRan(
      folder,
      () => runMs,
      () => this.finish(folder, outcome),
    );
  }

  /** Ranks whose peer is gone wait for it in their next collective, until somebody ends them. */
  private finish(folder: Folder, outcome: PartOutcome): void {
    if (!folder.alive) return;
    const stuck = endedWell(outcome) && this.parts.observer.isGangBroken(folder.id);
    if (stuck) this.parts.clock.later(PEER_CHECK_MS, () => this.finish(folder, outcome));
    else this.end(folder, outcome);
  }

  private watchLease(folder: Folder): void {
    const { clock, without } = this.parts;
    clock.later(LEASE_CHECK_MS, () => {
      if (!folder.alive) return;
      const watched = without !== 'hostLease' || this.parts.agentLives();
      const over = clock.monotonicMs() > folder.leaseUntilMs;
      if (watched && over && !folder.stopped) this.end(folder, { kind: 'leaseExpired' });
      else this.watchLease(folder);
    });
  }

  /** The order to end: TERM, some time, KILL. */
  order(folder: Folder): void {
    if (!folder.claimed) this.claimUnstarted(folder, 'ended before it started');
    else if (folder.alive) {
      this.stand(folder, false);
      this.parts.clock.later(this.parts.killMs, () => {
        if (folder.alive) this.end(folder, { kind: 'killed' });
      });
    }
  }

  claimUnstarted(folder: Folder, why: string): void {
    folder.claimed = true;
    this.end(folder, { kind: 'neverStarted', why });
  }

  end(folder: Folder, outcome: PartOutcome): void {
    const { clock } = this.parts;
    this.gone(folder, outcome);
    const elapsedMs = Math.max(0, Math.round(clock.monotonicMs() - folder.startedMs));
    folder.endedWallMs = clock.wallMs();
    folder.end ??= { ...NOTHING_LEFT, outcome, elapsedMs };
    clock.later(0, () => this.parts.say({ kind: 'partEnded', id: folder.id }));
  }

  /** kill -9: no record; an agent that lives notices, another one finds out at its start. */
  die(folder: Folder): void {
    this.gone(folder, KILLED);
    this.parts.clock.later(100, () => {
      if (this.parts.agentLives() && !folder.end) this.end(folder, KILLED);
    });
  }

  gone(folder: Folder, outcome: PartOutcome): void {
    if (folder.alive) this.parts.observer.ended(folder.id, outcome);
    folder.alive = false;
    folder.stopped = false;
  }
}
