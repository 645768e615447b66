import { describe, expect, test } from 'vitest';
import type { DependencyTerm } from '../../scheduler/model/dependency.ts';
import type { Event } from '../../scheduler/model/event.ts';
import type { Job } from '../../scheduler/model/job.ts';
import { bringToRest, createWorld } from '../world/users.ts';

/** A job or array as a dumb reader of the journal counts it. */
type Family = { job: Job; tasks: number; begun: number; ended: number; failed: number };

const ONE_TASK = { tasks: 1, begun: 0, ended: 0, failed: 0 };

/** Reads the journal from its beginning and complains about every start that came too early. */
class Reader {
  readonly families = new Map<number, Family>();
  readonly familyOf = new Map<number, Family>();
  /** Tasks by the ids that they got. */
  readonly splits = new Map<number, Family>();
  readonly wrong: string[] = [];
  starts = 0;

  read(event: Event): void {
    if (event.kind === 'jobSubmitted') this.submitted(event.job);
    else if (event.kind === 'jobUpdated') {
      const family = this.families.get(event.job);
      if (family) family.job = { ...family.job, request: event.request };
    } else if (event.kind === 'arrayTaskSplit') {
      const family = this.families.get(event.array);
      if (!family) return;
      this.familyOf.set(event.job, family);
      if (event.job !== event.array) this.splits.set(event.job, { ...family, ...ONE_TASK });
    } else if (event.kind === 'arrayTasksCancelled') {
      const family = this.families.get(event.job);
      if (!family) return;
      family.begun += event.tasks.length;
      family.ended += event.tasks.length;
      family.failed += event.tasks.length;
    } else if (event.kind === 'jobAllocated' && event.attempt === 1) this.began(event.job);
    else if (event.kind === 'jobFinished') this.finished(event);
  }

  private submitted(job: Job): void {
    const tasks = Math.max(1, job.pendingTasks.length);
    const family = { job, tasks, begun: 0, ended: 0, failed: 0 };
    this.families.set(job.id, family);
    if (job.pendingTasks.length === 0) this.familyOf.set(job.id, family);
  }

  private began(id: number): void {
    const family = this.familyOf.get(id);
    if (!family) return;
    const { dependency } = family.job.request;
    if (dependency) {
      this.starts += 1;
      const holds = dependency.terms.map((term) => this.holds(term, family.job));
      const fine = dependency.match === 'all' ? !holds.includes(false) : holds.includes(true);
      if (!fine) this.wrong.push(`job ${id} began: ${JSON.stringify(dependency)}`);
    }
    for (const each of this.countedIn(id)) each.begun += 1;
  }

  private countedIn(id: number): readonly Family[] {
    return [this.familyOf.get(id), this.splits.get(id)].filter((each) => each !== undefined);
  }

  private finished(event: Extract<Event, { kind: 'jobFinished' }>): void {
    for (const each of this.countedIn(event.job)) {
      each.ended += 1;
      if (event.end.state !== 'COMPLETED') each.failed += 1;
    }
  }

  private holds(term: DependencyTerm, child: Job): boolean {
    if (term.kind === 'singleton') {
      const older = [...this.families.values()].filter(({ job }) => job.id < child.id);
      return older.every(
        ({ job, ended, tasks }) => job.request.name !== child.request.name || ended >= tasks,
      );
    }
    const parent = this.families.get(term.job) ?? this.splits.get(term.job);
    if (!parent) return false;
    const over = parent.ended >= parent.tasks;
    switch (term.kind) {
      case 'after':
        return parent.begun >= parent.tasks || over;
      case 'afterany':
        return over;
      case 'afternotok':
        return over && parent.failed > 0;
      case 'afterok':
      case 'aftercorr':
        return over && parent.failed === 0;
    }
  }
}

describe('in worlds where everything breaks', () => {
  test('no job begins before those it waits for, and none waits for ever', () => {
    let starts = 0;
    for (let seed = 500; seed < 530; seed += 1) {
      const world = createWorld(seed);
      bringToRest(world);
      const reader = new Reader();
      for (const event of world.scheduler.journal) reader.read(event);
      expect({ seed, wrong: reader.wrong }).toEqual({ seed, wrong: [] });
      expect(world.scheduler.view.lookup.dependents.size).toBe(0);
      starts += reader.starts;
    }
    expect(starts).toBeGreaterThan(20);
  });
});
