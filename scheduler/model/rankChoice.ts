/** How many ranks a moldable job got, or is to get, and why. */
export type RankChoice = {
  readonly ranks: number;
  /**
   * `mostNow`: without a model, as many as could start at once, and else the fewest; `checkpoint`: as
   * many as those whose states it goes on from. The others weigh a model of the user's earlier runs
   * (accounting/speedup/moldable.ts).
   */
  readonly reason: 'mostNow' | 'checkpoint' | 'leastWaitAndRun' | 'slowsDown' | 'notEfficient';
  /** How the model sees this count. */
  readonly model?: {
    readonly runMs: number;
    readonly waitMs: number;
    /** Thousandths, as well as that which was asked for at the load of the moment. */
    readonly efficiency: number;
    readonly leastEfficiency: number;
    /** It was made of so many runs. */
    readonly runs: number;
  };
};
