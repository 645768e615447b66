/**
 * The machine with a journal in memory: crashes lose everything but the committed durable
 * events, and a restart folds them. A shadow folds them as they come, so that restart = fold
 * is checked after every step.
 */
import { apply } from '../machine/apply.ts';
import { createCluster } from '../machine/cluster.ts';
import { brokenInvariants } from '../machine/invariants.ts';
import { recover } from '../machine/recover.ts';
import { snapshotOf } from '../machine/snapshot.ts';
import { step } from '../machine/step.ts';
import type { Cluster, ClusterView, Settings } from '../model/cluster.ts';
import { requestKey } from '../model/cluster.ts';
import type { Effect } from '../model/effect.ts';
import type { Event } from '../model/event.ts';
import { VOLATILE_EVENTS } from '../model/event.ts';
import type { JobId } from '../model/ids.ts';
import type { Input } from '../model/input.ts';
import { finishedParents } from './finishedParents.ts';

export class SimulatedScheduler {
  readonly journal: Event[] = [];
  readonly broken: string[] = [];
  private readonly settings: Settings;
  private readonly checkEvery: number;
  private cluster: Cluster;
  private shadow: Cluster;
  private steps = 0;

  /** All invariants are checked after every `checkEvery`-th step. */
  constructor(settings: Settings, checkEvery: number) {
    this.settings = settings;
    this.checkEvery = checkEvery;
    this.cluster = createCluster(settings, 1);
    this.shadow = createCluster(settings, 1);
  }

  get view(): ClusterView {
    return this.cluster;
  }

  step(input: Input): readonly Effect[] {
    const { events, effects } = step(this.cluster, this.informed(input));
    for (const event of events) {
      if (VOLATILE_EVENTS.has(event.kind)) continue;
      this.journal.push(event);
      apply(this.shadow, event);
    }
    this.steps += 1;
    if (this.steps % this.checkEvery === 0) this.check(input);
    return effects;
  }

  /** As the live loop does, with what the history knows of finished parents. */
  private informed(input: Input): Input {
    if (input.kind !== 'submit' || !input.request.dependency) return input;
    return { ...input, parents: finishedParents(input.request, this.journal) };
  }

  private check(input: Input): void {
    this.broken.push(...brokenInvariants(this.cluster, input.atMs));
    const same =
      JSON.stringify(snapshotOf(this.cluster)) === JSON.stringify(snapshotOf(this.shadow));
    if (!same) this.broken.push(`after ${input.kind} the fold differs from the cluster`);
  }

  /** The job that a request became, also one that is over. */
  jobOfRequest(key: string): JobId | undefined {
    for (const event of this.journal) {
      if (event.kind !== 'jobSubmitted') continue;
      if (requestKey(event.job.user, event.job.requestId) === key) return event.job.id;
    }
    return undefined;
  }

  /** The last `count` events never reached the disk: what happens without durable commits. */
  loseEvents(count: number): void {
    this.journal.splice(Math.max(0, this.journal.length - count));
    this.shadow = createCluster(this.settings, 1);
    for (const event of this.journal) apply(this.shadow, event);
  }

  /** Memory is lost; what live jobs are owed comes back. */
  restart(): readonly Effect[] {
    this.cluster = createCluster(this.settings, 1);
    for (const event of this.journal) apply(this.cluster, event);
    return recover(this.cluster);
  }
}
