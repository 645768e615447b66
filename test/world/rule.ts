/**
 * Rules of docs/protocol.md that a world can leave out, to show that its observers notice. The
 * product has no such switches: the world bends what the machine and the agent are told.
 */
export const RULES = [
  /** Rule 1: commit, then answer and acknowledge. */
  'commit',
  /** Rule 1: a repeat of a request id gets the same answer. */
  'requestId',
  /** Rule 2: a new attempt only when every part of the last one is over. */
  'allOver',
  /** Rule 3: launch orders of another epoch are refused. */
  'epoch',
  /** Rule 3: the order is on disk before its job host starts. */
  'journal',
  /** Rule 4: whoever creates the claim decides what happened. */
  'claim',
  /** Rule 5: only a newer inventory counts. */
  'sequence',
  /** Rule 6: an end is repeated until it is acknowledged. */
  'acknowledge',
  /** Rule 6: an acknowledged part leaves a tombstone. */
  'tombstones',
  /** Rule 7: the job host ends its ranks when the lease is over. */
  'lease',
  /** Rule 7: the job host does so itself, whether its agent lives or not. */
  'hostLease',
  /** Rule 7: the lease counts from when the report left. */
  'sentTime',
  /** Rule 7: nobody is given up sooner than a lease after the scheduler's own start. */
  'grace',
  /** Rule 7: a host that is stopped goes on under a lease only. */
  'stopped',
  /** Rule 8: everything of an older epoch ends before a newer one is taken. */
  'fence',
  /** Rule 9: cores are released by the part's end, not by the order to end it. */
  'release',
  /** Rule 9: an order to end a part that never came keeps it from starting later. */
  'neverStart',
  /** Rule 10: one bad part ends all. */
  'gang',
  /** Rule 11: a part that is being launched is never missing. */
  'launching',
  /** Rule 12: a requeue is a new attempt. */
  'attempt',
  /** Restore: the generation is raised, so that attempts have new numbers. */
  'generation',
  /** Restore: nothing is placed before every node has said what it holds. */
  'restoreWait',
] as const;

export type Rule = (typeof RULES)[number];
