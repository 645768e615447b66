import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { CheckpointPort } from '../../collectives/checkpoint.ts';
import { isDiskTrouble, writeDurably } from '../record/durableFile.ts';

/**
 * A rank's side of checkpoints: states are files of the part's folder, named by sequence and rank;
 * the host tells the agent, which stores them elsewhere and says so through a shared word.
 */
export type CheckpointOrder = {
  readonly folder: string;
  /** One word, shared with the host: sequence of the last checkpoint that the agent has stored. */
  readonly stored: Int32Array;
  /** Sequence of the checkpoint this attempt goes on from; 0: none. */
  readonly restored: number;
};

const LARGEST_BYTES = 256 * 2 ** 20;

export const checkpointFile = (folder: string, sequence: number, rank: number): string =>
  join(folder, `${sequence}.${rank}`);
export const restoredFile = (folder: string, rank: number): string =>
  join(folder, `restored.${rank}`);

/** What a rank may not keep. */
class CheckpointTooLargeError extends Error {
  override readonly name = 'CheckpointTooLargeError';
  constructor(bytes: number) {
    const largest = LARGEST_BYTES / 2 ** 20;
    super(`its state takes ${Math.ceil(bytes / 2 ** 20)} MiB; a rank may keep ${largest} MiB`);
  }
}

export function checkpointPort(
  rank: number,
  { folder, stored, restored }: CheckpointOrder,
  onComplete: (sequence: number) => void,
): CheckpointPort {
  let last = restored;
  return {
    isFree: () => Atomics.load(stored, 0) >= last,
    write: (state) => {
      const bytes = serialize(state);
      if (bytes.length > LARGEST_BYTES) throw new CheckpointTooLargeError(bytes.length);
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        writeDurably(checkpointFile(folder, last + 1, rank), bytes);
        return true;
      } catch (error) {
        if (isDiskTrouble(error)) return false;
        throw error;
      }
    },
    complete: () => {
      last += 1;
      onComplete(last);
    },
    restored: () =>
      restored === 0 ? undefined : deserialize(readFileSync(restoredFile(folder, rank))),
  };
}
