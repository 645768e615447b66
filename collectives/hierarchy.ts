import type { Group, Turn } from './group.ts';
import { noRepeats } from './shared/repeat.ts';

/**
 * Communicators that span parts work in levels: the ranks of a part meet in memory, one head per
 * part speaks to the other parts. Heads exchange messages of a context of their own.
 */

/** The bit that marks the heads of the communicator whose id is the rest. */
const HEADS_BIT = 2 ** 29;

const partsOf = ({ endpoint, members }: Group): number[] => {
  const { partOfRank } = endpoint.layout;
  return members.map((member) => partOfRank[member] ?? -1);
};

/**
 * One rank per part, in order of first appearance: the first of its part, or `root` in the part
 * of the root. `rank` is -1 on ranks that are no head.
 */
export function headsOf(turn: Turn, root?: number): Turn {
  const { group } = turn;
  const parts = partsOf(group);
  const rootPart = root === undefined ? -1 : parts[root];
  const members = [...new Set(parts)].map((part) => {
    const head = part === rootPart && root !== undefined ? root : parts.indexOf(part);
    return group.members[head] ?? -1;
  });
  const { endpoint, epoch } = group;
  const rank = members.indexOf(endpoint.rank);
  return {
    ...turn,
    group: {
      endpoint,
      id: group.id | HEADS_BIT,
      rank,
      members,
      epoch,
      team: undefined,
      repeats: noRepeats(),
    },
  };
}

/** Index of the part of a member among the heads. */
export function headIndex(group: Group, rank: number): number {
  const parts = partsOf(group);
  return [...new Set(parts)].indexOf(parts[rank] ?? -1);
}

/** Whether the ranks of every part are neighbours, so that part by part is rank order. */
export function isContiguous(group: Group): boolean {
  const parts = partsOf(group);
  return parts.every((part, i) => i === 0 || part === parts[i - 1] || parts.indexOf(part) === i);
}
