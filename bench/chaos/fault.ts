import type { Random } from '../../scheduler/sim/random.ts';

/** Something that is done to a cluster. */
export type Fault<Kind extends string = string> = {
  readonly kind: Kind;
  /** Does it; returns when it is undone. */
  readonly happen: (random: Random) => Promise<void>;
};
