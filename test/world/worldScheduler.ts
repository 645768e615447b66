/**
 * The machine with a journal in memory: crashes lose everything but the committed durable
 * events, and a restart folds them. The ledger reads every event as it comes; now and then a
 * shadow that folds the journal is compared, so that restart = fold.
 */
import { apply } from '../../scheduler/machine/apply.ts';
import { createCluster } from '../../scheduler/machine/cluster.ts';
import { brokenInvariants } from '../../scheduler/machine/invariants.ts';
import { recover } from '../../scheduler/machine/recover.ts';
import { snapshotOf } from '../../scheduler/machine/snapshot.ts';
import { step } from '../../scheduler/machine/step.ts';
import type { Cluster, ClusterView, Settings } from '../../scheduler/model/cluster.ts';
import { requestKey } from '../../scheduler/model/cluster.ts';
import type { Effect } from '../../scheduler/model/effect.ts';
import type { Event } from '../../scheduler/model/event.ts';
import { VOLATILE_EVENTS } from '../../scheduler/model/event.ts';
import type { JobId } from '../../scheduler/model/ids.ts';
import { type Input, withParents } from '../../scheduler/model/input.ts';
import { finishedParents } from './finishedParents.ts';
import { Ledger } from './ledger.ts';
import type { Observer } from './observer.ts';
import type { Rule } from './rule.ts';
import type { Unsent } from './unsent.ts';

export type Stepped = { readonly events: readonly Event[]; readonly effects: readonly Effect[] };

/** The ledger sees every event; the slow search for all broken invariants comes every so often. */
const CHECK_EVERY = 50;

export class WorldScheduler {
  readonly journal: Event[] = [];
  generation = 1;
  private firstGeneration = 1;
  private readonly settings: Settings;
  private readonly observer: Observer;
  private readonly found: string[] = [];
  private ledger: Ledger;
  private cluster: Cluster;
  private shadow: Cluster;
  private steps = 0;

  constructor(settings: Settings, observer: Observer) {
    this.settings = settings;
    this.observer = observer;
    this.ledger = this.newLedger();
    this.cluster = createCluster(settings, this.generation);
    this.shadow = createCluster(settings, this.generation);
  }

  get view(): ClusterView {
    return this.cluster;
  }

  get broken(): readonly string[] {
    return [...this.found, ...this.ledger.broken];
  }

  /** Nothing is committed yet. */
  step(input: Input): Stepped {
    return step(this.cluster, this.informed(input));
  }

  commit({ events }: Stepped, atMs: Input['atMs']): void {
    for (const event of events) {
      if (VOLATILE_EVENTS.has(event.kind)) continue;
      this.journal.push(event);
      this.ledger.read(event);
      apply(this.shadow, event);
    }
    this.steps += 1;
    if (this.steps % CHECK_EVERY === 0) this.check(atMs);
  }

  /** As the live loop does, with what the history knows of finished parents. */
  private informed(input: Input): Input {
    return withParents(input, (dependency) => finishedParents(dependency, this.journal));
  }

  check(atMs: Input['atMs']): void {
    this.found.push(...brokenInvariants(this.cluster, atMs));
    const same =
      JSON.stringify(snapshotOf(this.cluster)) === JSON.stringify(snapshotOf(this.shadow));
    if (!same) this.found.push('the fold of the journal differs from the cluster');
  }

  /** Like the live loop: the request of a job that has left the machine is found on disk. */
  repeatedSubmit(input: Unsent, replyTo: number): Effect | undefined {
    if (input.kind !== 'submit') return undefined;
    const key = requestKey(input.by.user, input.requestId);
    const job = this.view.requests.has(key) ? undefined : this.jobOfRequest(key);
    if (job === undefined) return undefined;
    return { kind: 'reply', replyTo, answer: { kind: 'submitted', job, repeated: true } };
  }

  /** The job that a request became, also one that is over. */
  private jobOfRequest(key: string): JobId | undefined {
    for (const event of this.journal) {
      if (event.kind !== 'jobSubmitted') continue;
      if (requestKey(event.job.user, event.job.requestId) === key) return event.job.id;
    }
    return undefined;
  }

  /** The last `count` events never reached the disk: what happens without durable commits. */
  loseEvents(count: number, instead: readonly Event[] = []): void {
    this.found.push(...this.ledger.broken);
    this.journal.splice(Math.max(0, this.journal.length - count), count, ...instead);
    this.ledger = this.newLedger();
    this.shadow = createCluster(this.settings, this.firstGeneration);
    for (const event of this.journal) {
      this.ledger.read(event);
      apply(this.shadow, event);
    }
  }

  /** Somebody made a new database, of the next generation. */
  forgetEverything(): void {
    this.generation += 1;
    this.firstGeneration = this.generation;
    this.loseEvents(this.journal.length);
    this.cluster = createCluster(this.settings, this.generation);
  }

  /**
   * The events of the backup take the place of the journal's. Rules left out: the generation stays and
   * with it the numbers of attempts; nobody waits for what the nodes say.
   */
  restoreBackup(
    backup: readonly Event[],
    { atMs, without }: { readonly atMs: Input['atMs']; readonly without: Rule | undefined },
  ): void {
    const { nextJobId } = this.cluster;
    const names = [...this.cluster.nodes.keys()];
    this.loseEvents(this.journal.length, backup);
    if (without === 'generation') return;
    this.generation += 1;
    const [awaited, complete] = [without === 'restoreWait' ? [] : names, true];
    const restored = { generation: this.generation, nextJobId, awaited, complete };
    const event: Event = { kind: 'clusterRestored', atMs, ...restored };
    this.journal.push(event);
    apply(this.shadow, event);
  }

  /** Memory is lost; what live jobs are owed comes back. */
  restart(): readonly Effect[] {
    this.cluster = createCluster(this.settings, this.firstGeneration);
    for (const event of this.journal) apply(this.cluster, event);
    return recover(this.cluster);
  }

  private newLedger(): Ledger {
    return new Ledger(this.observer, this.settings.requeueLimit);
  }
}
