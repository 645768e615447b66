import type { Launch } from '../../scheduler/model/effect.ts';
import { timeLimitOf } from '../../scheduler/model/job.ts';
import type { PartId } from '../../scheduler/model/ids.ts';
import type { PartEnd } from '../../scheduler/model/outcome.ts';

/** A part's folder and its job host: both outlive the agent, the folder outlives the power. */
export type Folder = {
  readonly id: PartId;
  readonly epoch: number;
  readonly launch: Launch | undefined;
  claimed: boolean;
  alive: boolean;
  wired: boolean;
  /** On the node's monotonic clock, and on its wall clock. */
  startedMs: number;
  startedWallMs: number;
  leaseUntilMs: number;
  endedWallMs: number;
  limitMs: number;
  /** Its host goes by this: its ranks and their time stand still. */
  suspended: boolean;
  /** As every second job a kernel: its host is stopped itself, and hears what it was told later. */
  stopped: boolean;
  readonly unheard: (() => void)[];
  /** Since when, and for how long before that, its ranks have stood still. */
  stoodStillMs: number;
  stillSinceMs: number;
  end: PartEnd | undefined;
};

export const emptyFolder = (id: PartId, epoch: number, launch: Launch | undefined): Folder => ({
  id,
  epoch,
  launch,
  claimed: false,
  alive: false,
  wired: false,
  startedMs: 0,
  startedWallMs: 0,
  leaseUntilMs: 0,
  endedWallMs: 0,
  limitMs: launch ? timeLimitOf(launch.job) : 0,
  suspended: false,
  stopped: false,
  unheard: [],
  stoodStillMs: 0,
  stillSinceMs: 0,
  end: undefined,
});
