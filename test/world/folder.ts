import type { Launch } from '../../scheduler/model/effect.ts';
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
  end: undefined,
});
