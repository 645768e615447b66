import type { Parsed } from './shape.ts';
import { dictionary, flag, list, number, object, optional, text, union } from './shape.ts';

/** `plan.json` in a part's folder: everything its job host needs, written by the agent. */
export const partPlan = object({
  id: object({ job: number, attempt: number, part: number }),
  node: text,
  user: text,
  cluster: text,
  name: text,
  partition: text,
  account: text,
  program: union({
    /** `file`: as the user named it; the bundled module is `kernel.mjs` in the part's folder. */
    kernel: { file: text },
    command: { args: list(text) },
    /** The text is `script` in the part's folder. */
    script: { args: list(text) },
  }),
  /** All parts of the attempt, in order of their first rank. */
  parts: list(
    object({
      node: text,
      firstRank: number,
      ranks: number,
      cores: list(number),
      memoryBytes: number,
      weight: number,
    }),
  ),
  /** Ranks are dealt out one by one around the parts. */
  cyclic: optional(flag),
  coresPerRank: number,
  /** 0: no limit. */
  memoryPerRankBytes: number,
  /** 0: no limit. */
  timeLimitMs: number,
  /** Requeueable jobs die with their lease; others run through any outage. */
  requeue: flag,
  paramsJson: text,
  environment: dictionary(text),
  secretHex: text,
  submittedMs: number,
  startedMs: number,
  submitDirectory: text,
  submitHost: text,
  arrayJob: optional(number),
  arrayTask: optional(number),
  restarts: number,
  /** SLURM_ variables for what the job asked for. */
  asked: optional(dictionary(text)),
  /** Sequence of the checkpoint whose states lie in `checkpoints`; absent: none. */
  restored: optional(number),
  /** Delivered this long before the time limit. */
  signal: optional(object({ number, beforeMs: number })),
  /** Address on which the data plane listens for peers. */
  listenHost: text,
});

export type PartPlan = Parsed<typeof partPlan>;
export type PlannedPart = PartPlan['parts'][number];
