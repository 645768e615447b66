/** How a queue can be planned, as users name it. */
export const POLICY_NAMES = [
  'backfill',
  'easy',
  'fifo',
  'predictive',
  'round-robin',
  'random',
  'weighted',
  'least-loaded',
  'min-completion',
] as const;
export type PolicyName = (typeof POLICY_NAMES)[number];
