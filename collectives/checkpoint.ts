import { allreduce } from './allreduce.ts';
import { left } from './group.ts';
import type { Group } from './group.ts';
import { countCheckpoint, monotonicSeconds } from './usage.ts';
import { argumentError } from './waiting.ts';

/** How a rank's states leave it; given by whoever runs the rank. */
export type CheckpointPort = {
  /** Whether the last state of this rank is in safety. */
  isFree(): boolean;
  /** Writes the state durably on this node; false when the disk will not take it. Throws for states that cannot be kept. */
  write(state: unknown): boolean;
  /** All ranks have written: their states belong together. */
  complete(): void;
  /** The state to go on from. */
  restored(): unknown;
};

const WORLD = 0;

/** For ranks that nobody keeps anything for, as in tests. */
export const NO_CHECKPOINTS: CheckpointPort = {
  isFree: () => false,
  write: () => false,
  complete: () => undefined,
  restored: () => undefined,
};

/**
 * One at a time: ranks agree that the last one is stored everywhere before they write the next, so
 * that states of one checkpoint always meet, and slow storage costs checkpoints, not time. Its cost
 * is counted from when all ranks have come: who waits for a late one waits for its work.
 * Errors: CommunicatorArgumentError on a part of the ranks, and what `write` throws.
 */
export function checkpoint(group: Group, port: CheckpointPort, state: unknown): boolean {
  if (group.id !== WORLD) {
    const rule = 'call it on the first communicator: a checkpoint is of all ranks';
    throw argumentError('checkpoint', 'communicator', { value: group.id, rule });
  }
  if (!together(group, port.isFree())) return false;
  const startedS = monotonicSeconds();
  if (!together(group, port.write(state))) return false;
  port.complete();
  countCheckpoint(group.endpoint.usage, monotonicSeconds() - startedS);
  return true;
}

const together = (group: Group, yes: boolean): boolean =>
  left(group, allreduce(group, { data: yes ? 1 : 0, operator: 'min', into: undefined })) === 1;
