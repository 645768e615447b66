/** Nothing matched: is it because a name is not known? Then that is said, with the nearest that is. */
import { pibatch } from '../../proto/codec.ts';
import { badInput, type CommandFailure } from '../failure.ts';
import { didYouMean } from '../format/nearest.ts';
import type { Session } from '../session.ts';
import type { AccountQuery } from './query.ts';
import { askUsage } from './usageSums.ts';

const SHOWN = 8;

type NamedQuery = Partial<
  Pick<AccountQuery, 'references' | 'users' | 'accounts' | 'names' | 'nodes' | 'partitions'>
>;

/** A sentence: ids are never used again, so one that was given out is of a job that is kept no longer. */
export async function unknownJob(session: Session, job: number): Promise<string> {
  const { nextJob } = await session.ask('cluster', [pibatch.GetCluster, {}], pibatch.ClusterInfo);
  return job < nextJob
    ? `job ${job} is known no longer: its record was pruned (see retention in cluster.yaml)`
    : `no job ${job} is known; piqueue and piacct list them`;
}

/** Undefined when all names are known: then there simply is nothing in the window. */
export async function unknownName(
  session: Session,
  query: NamedQuery,
): Promise<CommandFailure | undefined> {
  const [reference] = query.references ?? [];
  if (reference) {
    const { job, task } = reference;
    if (task !== undefined) return badInput(`no job ${job}_${task} is known`);
    return badInput(await unknownJob(session, job));
  }
  const asked = [
    ['user', query.users],
    ['account', query.accounts],
    ['name', query.names],
    ['node', query.nodes],
    ['partition', query.partitions],
  ] as const;
  for (const [by, words = []] of asked) {
    if (words.length === 0) continue;
    const { rows } = await askUsage(session, { by: [by] }, { power: undefined, limit: Infinity });
    const known = rows.map(({ key }) => key);
    const word = words.find((each) => !known.includes(each));
    if (word === undefined) continue;
    const guess =
      didYouMean(word, known) || `; known: ${known.slice(0, SHOWN).join(', ') || 'none'}`;
    return badInput(`no finished job with the ${by} '${word}' is known${guess}`);
  }
  return undefined;
}
