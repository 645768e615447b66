import { type PartId, partKey } from '../model/ids.ts';
import type { NodeReport } from '../model/input.ts';
import type { Job } from '../model/job.ts';

const MOST = 100_000;

/** How far running kernels say they are. Not part of the truth: reports say it anew. */
export class ProgressBoard {
  readonly #done = new Map<string, number>();

  heard(report: NodeReport): void {
    for (const part of report.parts) {
      if (part.stage === 'running' && part.progress !== undefined)
        this.#put(part.id, part.progress);
      else if (part.stage === 'ended') this.#done.delete(partKey(part.id));
    }
  }

  /** Of the live attempt, 0..1. */
  of(job: Job): number | undefined {
    if (job.state.kind !== 'active') return undefined;
    const { number, parts } = job.state.attempt;
    for (const part of parts.keys()) {
      const done = this.#done.get(partKey({ job: job.id, attempt: number, part }));
      if (done !== undefined) return done;
    }
    return undefined;
  }

  #put(id: PartId, done: number): void {
    this.#done.set(partKey(id), done);
    // Parts of lost nodes are never said to have ended: drop the oldest.
    if (this.#done.size > MOST)
      for (const key of this.#done.keys()) {
        this.#done.delete(key);
        break;
      }
  }
}
