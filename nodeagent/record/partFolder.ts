import { join } from 'node:path';

/** Where the files of one part are. The job sees `work` only. */
export type PartFolder = {
  readonly root: string;
  /** The job's working directory: inputs are placed here, outputs collected from here. */
  readonly work: string;
  /** Captured output, one file per rank. */
  readonly output: string;
  readonly order: string;
  readonly plan: string;
  readonly claim: string;
  readonly kernel: string;
  readonly script: string;
  readonly result: string;
  /** States of ranks: those to go on from, and those to be stored. */
  readonly checkpoints: string;
  /** By the agent: the newest checkpoint that it has stored. */
  readonly checkpoint: string;
  /** By the job host: how it ended. */
  readonly exit: string;
  /** By the agent: the complete end, outputs delivered, as it is reported. */
  readonly ended: string;
  /** Diagnostics of the job host itself. */
  readonly hostLog: string;
};

export const partFolder = (root: string): PartFolder => ({
  root,
  work: join(root, 'work'),
  output: join(root, 'out'),
  order: join(root, 'order.pb'),
  plan: join(root, 'plan.json'),
  claim: join(root, 'claim'),
  kernel: join(root, 'kernel.mjs'),
  script: join(root, 'script'),
  result: join(root, 'result.json'),
  checkpoints: join(root, 'checkpoints'),
  checkpoint: join(root, 'checkpoint.json'),
  exit: join(root, 'exit.json'),
  ended: join(root, 'ended.pb'),
  hostLog: join(root, 'host.log'),
});
