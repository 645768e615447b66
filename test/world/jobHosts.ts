/** The job hosts of one simulated node: they need no agent to end at their limit and lease. */
import type { Launch } from '../../scheduler/model/effect.ts';
import { timeLimitOf } from '../../scheduler/model/job.ts';
import type { PartId } from '../../scheduler/model/ids.ts';
import type { PartOutcome } from '../../scheduler/model/outcome.ts';
import type { Random } from '../../scheduler/sim/random.ts';
import type { Said } from './agentNode.ts';
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
    const { id, startedWallMs: startedMs, wired } = folder;
    const gang = (folder.launch?.parts.length ?? 1) > 1;
    const listens = gang ? { host: 'node', port: 9_000 + id.part } : undefined;
    const terms = { timeLimitMs: folder.launch ? timeLimitOf(folder.launch.job) : 0 };
    this.parts.say({ kind: 'partRunning', id, startedMs, listens, wired, terms });
  }

  wire(folder: Folder): void {
    if (!folder.alive || folder.wired) return;
    folder.wired = true;
    this.runRanks(folder);
    this.tellRunning(folder);
  }

  private runRanks(folder: Folder): void {
    this.watchLimit(folder, folder.launch?.job.request.timeLimitMs ?? 0);
    const { runMs, outcome } = this.parts.runtimeOf(folder.id);
    this.parts.clock.later(runMs, () => this.finish(folder, outcome));
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
      if (watched && over) this.end(folder, { kind: 'leaseExpired' });
      else this.watchLease(folder);
    });
  }

  private watchLimit(folder: Folder, limitMs: number): void {
    if (limitMs === 0) return;
    this.parts.clock.later(limitMs, () => {
      if (folder.alive) this.end(folder, { kind: 'timeLimit' });
    });
  }

  /** The order to end: TERM, some time, KILL. */
  order(folder: Folder): void {
    if (!folder.claimed) this.claimUnstarted(folder, 'ended before it started');
    else if (folder.alive) {
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
  }
}
