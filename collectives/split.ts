import { deserialize } from 'node:v8';
import { exchangeValues } from './allgather.ts';
import type { CollectiveName } from './call.ts';
import type { Group } from './group.ts';
import { worldRank } from './group.ts';
import { argumentError } from './waiting.ts';
import { noRepeats } from './shared/repeat.ts';

/**
 * New communicators. Ids must be unique among all communicators that share a rank: every rank
 * counts the ids it has seen, a split agrees on the highest and moves everybody past it.
 */

type Vote = { readonly color: number | undefined; readonly key: number; readonly nextId: number };

/** The highest id of any communicator of this rank; shared by all groups of an endpoint. */
export type IdCounter = { next: number };

/** The bit that marks the `node` communicator of the one whose id is the rest. */
const NODE_BIT = 2 ** 28;

/** Ranks with equal color form a communicator, ordered by (key, rank); undefined = in none. */
export function split(
  group: Group,
  ids: IdCounter,
  by: { readonly color: number | undefined; readonly key: number; readonly name: CollectiveName },
): Group | undefined {
  const { color, key, name } = by;
  if (color !== undefined && !Number.isInteger(color)) {
    throw argumentError(name, 'color', { value: color, rule: 'colors are whole numbers' });
  }
  if (!Number.isFinite(key)) {
    throw argumentError(name, 'key', { value: key, rule: 'keys are numbers' });
  }
  const vote: Vote = { color, key, nextId: ids.next };
  const votes = exchangeValues(group, name, vote).payloads.map((payload, rank) => {
    const cast: Vote = rank === group.rank ? vote : deserialize(payload.bytes);
    return { ...cast, rank };
  });
  const colors = [...new Set(votes.flatMap((cast) => cast.color ?? []))].sort((a, b) => a - b);
  const first = Math.max(...votes.map((cast) => cast.nextId));
  ids.next = first + colors.length;
  if (color === undefined) return undefined;
  const chosen = votes
    .filter((cast) => cast.color === color)
    .sort((a, b) => a.key - b.key || a.rank - b.rank);
  return {
    endpoint: group.endpoint,
    id: first + colors.indexOf(color),
    rank: chosen.findIndex((cast) => cast.rank === group.rank),
    members: chosen.map((cast) => worldRank(group, cast.rank)),
    epoch: 0,
    team: undefined,
    repeats: noRepeats(),
  };
}

/** The members that share this rank's part. Needs no message: everybody knows who lives where. */
export function nodeGroup(group: Group): Group {
  if ((group.id & NODE_BIT) !== 0) return group;
  const { endpoint, members } = group;
  const { partOfRank, part } = endpoint.layout;
  const local = members.filter((member) => partOfRank[member] === part);
  return {
    endpoint,
    id: group.id | NODE_BIT,
    rank: local.indexOf(endpoint.rank),
    members: local,
    epoch: 0,
    team: undefined,
    repeats: noRepeats(),
  };
}
