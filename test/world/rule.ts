/** Rules of docs/protocol.md that a world can leave out, to show that its observer notices. */
export const RULES = [
  /** Rule 1: commit, then answer. */
  'commit',
  /** Rule 1: a repeat of a request id gets the same answer. */
  'requestId',
  /** Rule 3: launch orders of another epoch are refused. */
  'epoch',
  /** Rule 4: whoever creates the claim decides what happened. */
  'claim',
  /** Rules 5 and 11: only a newer inventory counts. */
  'sequence',
  /** Rule 6: an acknowledged part leaves a tombstone. */
  'tombstones',
  /** Rule 7: the job host ends its ranks when the lease is over. */
  'lease',
  /** Rule 8: everything of an older epoch ends before a newer one is taken. */
  'fence',
] as const;

export type Rule = (typeof RULES)[number];
