/** Backups of the journal that will be restored, and what a restore takes from the users. */
import type { Event } from '../../scheduler/model/event.ts';
import type { TimeMs } from '../../scheduler/model/time.ts';
import type { Clients } from './clients.ts';
import type { Fault } from './faults.ts';
import type { Rule } from './rule.ts';
import type { WorldScheduler } from './worldScheduler.ts';

export class Backups {
  private readonly scheduler: WorldScheduler;
  private readonly without: Rule | undefined;
  private readonly taken = new Map<Fault, readonly Event[]>();

  constructor(scheduler: WorldScheduler, without: Rule | undefined) {
    this.scheduler = scheduler;
    this.without = without;
  }

  /** One is taken for every restore, so long before it. */
  plan(faults: readonly Fault[], later: (ms: number, action: () => void) => void): void {
    for (const fault of faults) {
      if (fault.kind !== 'restore') continue;
      const takenMs = Math.max(0, fault.afterMs - fault.ageMs);
      later(takenMs, () => this.taken.set(fault, [...this.scheduler.journal]));
    }
  }

  /** What was acknowledged after the backup is lost to the users, and only that. */
  restore(fault: Fault, clients: Clients, atMs: TimeMs): void {
    this.scheduler.restoreBackup(this.taken.get(fault) ?? [], { atMs, without: this.without });
    const known = new Set<number>();
    for (const event of this.scheduler.journal)
      if (event.kind === 'jobSubmitted') known.add(event.job.id);
    const { nextJobId } = this.scheduler.view;
    clients.forget((job) => job < nextJobId && !known.has(job));
  }
}
