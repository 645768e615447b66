import { waitsText } from '../model/dependency.ts';
import type { RankChoice } from '../model/rankChoice.ts';
import type { JobRequest, Wishes } from '../model/request.ts';

/** What the history keeps of a request, and of what was made of it, beyond its columns; as JSON in `job.asked`. */
export type Asked = {
  readonly wishes: Wishes;
  /** As it was submitted: `afterok:41,singleton`. */
  readonly dependency: string;
  /** Of a moldable job that has started: how many ranks it got last. */
  readonly choice: RankChoice | undefined;
};

/** A record, so that a new wish does not compile until it is kept. */
const KEPT: Readonly<Record<keyof Wishes, true>> = {
  nodes: true,
  nodeList: true,
  excluded: true,
  ranksPerNode: true,
  exclusive: true,
  constraint: true,
  gres: true,
  licenses: true,
  distribution: true,
  contiguous: true,
  uniform: true,
  minTimeMs: true,
  deadlineMs: true,
  nice: true,
  qos: true,
  reservation: true,
  ranksRange: true,
};
const isWish = (name: string): name is keyof Wishes => name in KEPT;
const WISHES = Object.keys(KEPT).filter(isWish);

/** Null when there is nothing beyond the columns. */
export function askedJson(request: JobRequest): string | null {
  const wishes = Object.fromEntries(WISHES.map((wish) => [wish, request[wish]]));
  const dependency = request.dependency ? waitsText(request.dependency) : undefined;
  const text = JSON.stringify({ ...wishes, dependency });
  return text === '{}' ? null : text;
}

/** What this file wrote in this or an older version. */
export function readAsked(text: string | null): Asked {
  const value: unknown = text === null ? {} : JSON.parse(text);
  const { dependency = '', choice, ...wishes } = value as Wishes & Partial<Asked>;
  return { wishes, dependency, choice };
}
