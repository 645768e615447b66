import type { CollectiveUsage, KindUsage, SegmentReport } from '../../collectives/wiring.ts';
import type { PartAddress } from '../../collectives/partAddress.ts';
import type { Rank } from './rank.ts';

/** What the program of a part decides: which ranks run here, and how one is started. */
export type RankStarter = {
  /** Empty for a part that only holds its allocation. */
  readonly ranks: readonly number[];
  /** What must be there before the first rank; waits for its peers where it needs them. */
  prepare(): Promise<void>;
  /** Where the other parts find this one; safe to repeat. */
  wire(peers: readonly PartAddress[]): void;
  start(rank: number): Rank;
  /** Its ranks are threads of this process: what stops them stops the job host. */
  readonly inHost: boolean;
  /** All that runs beside this process stops; safe to repeat. */
  stop(): void;
  goOn(): void;
  /** The agent has stored the checkpoint. */
  stored(sequence: number): void;
  /** Tells ranks that wait for others why they are ended. */
  abort(cause: string): void;
  collectiveUsage(rank: number): CollectiveUsage | undefined;
  /** Once all ranks are over. */
  collectives(): readonly KindUsage[] | undefined;
  segments(): Promise<SegmentReport | undefined>;
  hasResult(): boolean;
  close(): Promise<void>;
};
