import type { CheckpointOrder } from './rankCheckpoints.ts';
import type { RankWiring } from '../../collectives/wiring.ts';

/** workerData of a rank thread. */
export type RankOrder = {
  readonly wiring: RankWiring;
  readonly kernelPath: string;
  /** As the user knows it, for messages. */
  readonly kernelName: string;
  readonly paramsJson: string;
  readonly outputPath: string;
  /** Where rank 0 leaves the JSON of its return value. */
  readonly resultPath: string;
  readonly checkpoints: CheckpointOrder;
  /** One word, shared with the host: the last signal that this rank has not been told of. */
  readonly signal: Int32Array;
};

export type FromRankThread =
  /** `thread`: its id in /proc/self/task. */
  | { readonly kind: 'started'; readonly thread: number }
  | { readonly kind: 'progress'; readonly fraction: number }
  /** Its state of this checkpoint is on disk, as those of all other ranks are. */
  | { readonly kind: 'checkpointed'; readonly sequence: number }
  | { readonly kind: 'returned'; readonly cpuMs: number }
  | {
      readonly kind: 'failed';
      readonly failure: string;
      readonly peerLost: boolean;
      readonly code: number;
      readonly cpuMs: number;
    };
