/** Whether the nodes of the cluster, all up and idle, could ever hold what a request asks for. */
import type { ClusterView } from '../model/cluster.ts';
import { constraintText, countablesText, countsOf, featuresOf } from '../model/constraint.ts';
import { leastRanks } from '../model/demand.ts';
import { nodeName } from '../model/ids.ts';
import type { Refusal } from '../model/refusal.ts';
import type { Countable, JobRequest } from '../model/request.ts';
import type { RankGroup } from '../policy/largest.ts';
import { largestRanks, mostOf, rankGroups } from '../policy/largest.ts';
import { ranksOn } from '../policy/placement.ts';
import { matched } from '../policy/shares.ts';
import { inPartition, suits, traitsOf } from '../policy/suitability.ts';

export function refuseSize(view: ClusterView, request: JobRequest): Refusal | undefined {
  if (view.nodes.size === 0) return { code: 'noNodes' };
  return (
    refuseNames(view, request) ??
    refuseNodeList(view, request) ??
    refuseLicenses(view, request) ??
    refuseRoom(view, request)
  );
}

/** What no node has at all is a slip of the pen: say what there is. */
function refuseNames(view: ClusterView, request: JobRequest): Refusal | undefined {
  const traits = [...view.nodes.values()].map((node) => traitsOf(view, node));
  const said = view.settings.nodes ?? [];
  const known = new Set([
    ...traits.flatMap(({ features }) => [...features]),
    ...said.flatMap(({ features }) => features ?? []),
  ]);
  const asked = request.constraint ? featuresOf(request.constraint) : [];
  const feature = asked.find((one) => !known.has(one));
  if (feature !== undefined) return { code: 'unknownFeature', feature, known: listed(known) };
  const offered = [...traits, ...said].flatMap(({ gres }) => gres ?? []);
  return refuseCounts(request.gres, offered, { unknown: 'unknownGres', tooMany: 'tooManyGres' });
}

/** Nodes that it names must be there, and each could hold a rank of it. */
function refuseNodeList(view: ClusterView, request: JobRequest): Refusal | undefined {
  const { nodeList = [], excluded = [], partition } = request;
  const unknown = [...nodeList, ...excluded].find((name) => !view.nodes.has(nodeName(name)));
  if (unknown !== undefined) return { code: 'noSuchNode', node: unknown };
  for (const name of nodeList) {
    const node = view.nodes.get(nodeName(name));
    if (!node) continue;
    const refused = (why: string): Refusal => ({ code: 'unsuitableNode', node: name, why });
    if (!inPartition(view, node.name, partition))
      return refused(`it is not in partition ${partition}`);
    if (!suits(view, node, request)) {
      return refused('it does not have the features or generic resources that the job wants');
    }
    const { cores, memoryBytes } = node.facts;
    const free = { cores: cores.length, memoryBytes };
    if (ranksOn(request, cores.length, free) === 0) return refused('no rank of the job fits there');
  }
  return undefined;
}

const refuseLicenses = (view: ClusterView, { licenses }: JobRequest): Refusal | undefined =>
  refuseCounts(licenses, view.settings.licenses ?? [], {
    unknown: 'unknownLicense',
    tooMany: 'tooManyLicenses',
  });

function refuseCounts(
  asked: readonly Countable[] | undefined,
  offered: readonly Countable[],
  codes: {
    readonly unknown: 'unknownGres' | 'unknownLicense';
    readonly tooMany: 'tooManyGres' | 'tooManyLicenses';
  },
): Refusal | undefined {
  for (const { name, count } of asked ?? []) {
    const counts = offered.filter((one) => one.name === name).map((one) => one.count);
    const known = listed(new Set(offered.map((one) => one.name)));
    if (counts.length === 0) return { code: codes.unknown, name, known };
    const most = Math.max(...counts);
    if (count > most) return { code: codes.tooMany, name, asked: count, most };
  }
  return undefined;
}

const listed = (names: ReadonlySet<string>): string => [...names].sort().join(', ');

function refuseRoom(view: ClusterView, request: JobRequest): Refusal | undefined {
  const groups = rankGroups(view, request);
  const least = request.nodes?.least ?? 1;
  const wanted = leastRanks(request);
  const wish = wishWords(request).join(', ');
  const of = view.nodes.size;
  const suitable = Math.max(0, ...groups.map((group) => group.length));
  if (least > 1 && suitable < least)
    return { code: 'tooFewNodes', asked: least, suitable, of, wish };
  const counted = request.constraint ? countsOf(request.constraint) : [];
  for (const { feature, nodes } of counted) {
    const having = Math.max(0, ...groups.map((group) => withFeature(view, group, feature)));
    if (having < nodes)
      return {
        code: 'tooFewNodes',
        asked: nodes,
        suitable: having,
        of,
        wish: `feature ${feature}`,
      };
  }
  const able = groups.filter((group) => matched(counted, group, (node) => traitsOf(view, node)));
  if (able.length === 0 && groups.length > 0) {
    const asked = counted.reduce((sum, { nodes }) => sum + nodes, 0);
    const having = groups.map((group) => reachable(view, group, counted));
    return {
      code: 'tooFewNodes',
      asked,
      suitable: Math.min(asked - 1, Math.max(...having)),
      of,
      wish,
    };
  }
  const largest = mostOf(able, request);
  if (wanted <= largest) return undefined;
  const { coresPerRank, memoryPerRankBytes } = request;
  return {
    code: 'neverFits',
    ranks: wanted,
    coresPerRank,
    memoryPerRankBytes,
    largestRanks: largest,
    nodes: of,
    ...withNodes(wish, request),
  };
}

/** A moldable job prefers no more ranks than could ever run at once. */
export function withinReach(view: ClusterView, request: JobRequest): JobRequest {
  if (!request.ranksRange) return request;
  const reach = largestRanks(view, request);
  const ranks = Math.max(request.ranksRange.least, Math.min(request.ranks, reach));
  return ranks === request.ranks ? request : { ...request, ranks };
}

/** How many nodes of the group could stand for one of those counted, or more. */
const reachable = (
  view: ClusterView,
  group: RankGroup,
  counted: readonly { readonly feature: string; readonly nodes: number }[],
): number =>
  counted.reduce(
    (sum, { feature, nodes }) => sum + Math.min(nodes, withFeature(view, group, feature)),
    0,
  );

const withFeature = (view: ClusterView, group: RankGroup, feature: string): number =>
  group.filter(({ node }) => traitsOf(view, node).features.has(feature)).length;

function withNodes(wish: string, { nodes }: JobRequest): { readonly wish?: string } {
  const words = [
    ...(nodes ? [`at most ${nodes.most} of them`] : []),
    ...(wish === '' ? [] : [wish]),
  ];
  return words.length > 0 ? { wish: words.join(', ') } : {};
}

function wishWords(request: JobRequest): readonly string[] {
  const { constraint, gres, ranksPerNode, uniform, excluded } = request;
  const words: string[] = [];
  if (constraint) words.push(`constraint ${constraintText(constraint)}`);
  if (gres && gres.length > 0) words.push(`gres ${countablesText(gres)}`);
  if (ranksPerNode !== undefined) words.push(`ranks-per-node ${ranksPerNode}`);
  if (uniform) words.push('uniform');
  if (excluded) words.push(`exclude ${excluded.join(',')}`);
  return words;
}
