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
};

export type FromRankThread =
  /** `thread`: its id in /proc/self/task. */
  | { readonly kind: 'started'; readonly thread: number }
  | { readonly kind: 'progress'; readonly fraction: number }
  | { readonly kind: 'returned'; readonly cpuMs: number }
  | {
      readonly kind: 'failed';
      readonly failure: string;
      readonly code: number;
      readonly cpuMs: number;
    };
