import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { PartFolder } from '../record/partFolder.ts';
import type { PartPlan, PlannedPart } from '../record/partPlan.ts';
import type { CheckpointOrder } from './rankCheckpoints.ts';

/** The host's side of checkpoints: which one its ranks have written, and which one is stored. */
export class HostCheckpoints {
  readonly order: CheckpointOrder;
  private readonly ranks: number;
  private readonly onCheckpoint: (sequence: number) => void;
  private writers = 0;

  constructor(options: {
    readonly plan: PartPlan;
    readonly part: PlannedPart;
    readonly folder: PartFolder;
    readonly onCheckpoint: (sequence: number) => void;
  }) {
    const { plan, part, folder, onCheckpoint } = options;
    const restored = plan.restored ?? 0;
    const stored = new Int32Array(new SharedArrayBuffer(4));
    stored[0] = restored;
    this.order = { folder: folder.checkpoints, stored, restored };
    this.ranks = part.ranks;
    this.onCheckpoint = onCheckpoint;
  }

  /** Said by every rank, once; no rank writes the next before this one is stored. */
  written(sequence: number): void {
    this.writers += 1;
    if (this.writers < this.ranks) return;
    this.writers = 0;
    this.onCheckpoint(sequence);
  }

  /** Its files have done their duty on this node. */
  stored(sequence: number): void {
    const { folder, stored } = this.order;
    for (const name of readdirSync(folder))
      if (Number(name.split('.')[0]) <= sequence) rmSync(join(folder, name), { force: true });
    Atomics.store(stored, 0, sequence);
  }
}
