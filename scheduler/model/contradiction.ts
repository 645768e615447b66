/** Parts of a request that cannot be meant together, whatever the cluster is. */
import { countsOf } from './constraint.ts';
import type { Refusal } from './refusal.ts';
import type { JobRequest } from './request.ts';

export type Asked = Pick<
  JobRequest,
  | 'ranks'
  | 'ranksRange'
  | 'nodes'
  | 'ranksPerNode'
  | 'nodeList'
  | 'excluded'
  | 'constraint'
  | 'timeLimitMs'
  | 'minTimeMs'
  | 'beginMs'
  | 'deadlineMs'
>;

/** The first one found. `timeLimitMs` 0: none is given. */
export function contradiction(asked: Asked): Refusal | undefined {
  return ranksAndNodes(asked) ?? namedNodes(asked) ?? times(asked);
}

const contradictory = (
  one: readonly [field: string, value: number | string],
  other: readonly [field: string, value: number | string],
  rule: string,
): Refusal => ({
  code: 'contradictory',
  field: one[0],
  value: String(one[1]),
  other: other[0],
  otherValue: String(other[1]),
  rule,
});

const span = ({ least, most }: { readonly least: number; readonly most: number }): string =>
  least === most ? `${least}` : `${least}-${most}`;

function ranksAndNodes(asked: Asked): Refusal | undefined {
  const { ranks, nodes, ranksPerNode, constraint } = asked;
  const range = asked.ranksRange ?? { least: ranks, most: ranks };
  const ranksSaid = ['ranks', span(range)] as const;
  for (const [field, given] of [
    ['nodes', nodes],
    ['ranks', range],
  ] as const) {
    if (given && given.least > given.most) {
      const rule = 'the least must not be above the most';
      return contradictory([`${field} min`, given.least], [`${field} max`, given.most], rule);
    }
  }
  if (ranks < range.least || ranks > range.most)
    return contradictory(
      ['ranks', ranks],
      ['the range of ranks', span(range)],
      'it must be within',
    );
  if (!nodes) return undefined;
  const nodesSaid = ['nodes', span(nodes)] as const;
  if (range.most < nodes.least)
    return contradictory(nodesSaid, ranksSaid, 'every node gets at least one rank');
  const room = nodes.most * (ranksPerNode ?? Number.POSITIVE_INFINITY);
  if (range.least > room)
    return contradictory(
      ranksSaid,
      ['nodes', `${span(nodes)} with at most ${ranksPerNode} ranks each`],
      `that is room for ${room} ranks`,
    );
  const counted = (constraint ? countsOf(constraint) : []).find((one) => one.nodes > nodes.most);
  if (counted)
    return contradictory(
      nodesSaid,
      ['constraint', `${counted.feature}*${counted.nodes}`],
      'it counts more nodes than the job may have',
    );
  return undefined;
}

function namedNodes(asked: Asked): Refusal | undefined {
  const { ranks, ranksRange, nodes, nodeList = [], excluded = [] } = asked;
  const both = nodeList.find((name) => excluded.includes(name));
  if (both !== undefined) return contradictory(['nodelist', both], ['exclude', both], 'it is both');
  const count = nodeList.length;
  const listed = ['nodelist', `of ${count} nodes`] as const;
  if (count > (nodes?.most ?? Number.POSITIVE_INFINITY))
    return contradictory(listed, ['nodes', nodes ? span(nodes) : ''], 'all of them are asked for');
  if (count > (ranksRange?.most ?? ranks))
    return contradictory(listed, ['ranks', ranks], 'every node gets at least one rank');
  return undefined;
}

function times({ timeLimitMs, minTimeMs, beginMs, deadlineMs }: Asked): Refusal | undefined {
  if (minTimeMs !== undefined && timeLimitMs > 0 && minTimeMs > timeLimitMs)
    return { code: 'minTimeTooLong', minTimeMs, timeLimitMs };
  if (beginMs === undefined || deadlineMs === undefined || beginMs < deadlineMs) return undefined;
  return { code: 'beginAfterDeadline', beginMs, deadlineMs };
}
