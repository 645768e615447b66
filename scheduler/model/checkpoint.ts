import type { TimeMs } from './time.ts';

/** One rank's state in the object store. */
export type CheckpointFile = { readonly sha256: string; readonly sizeBytes: number };

/** States of the ranks of one part, in their order. Sequences count on over the attempts of a job. */
export type PartCheckpoint = {
  readonly sequence: number;
  readonly files: readonly CheckpointFile[];
};

/** States of all ranks, in their order, written between the same two collectives. */
export type Checkpoint = PartCheckpoint & { readonly storedMs: TimeMs };
