/** What tells the policies apart: in which order jobs and nodes are taken, and how many reservations there are. */
import type { ClusterView } from '../model/cluster.ts';
import type { PolicyName } from '../model/policyName.ts';
import type { JobId } from '../model/ids.ts';
import type { TimeMs } from '../model/time.ts';
import type { NodeOrder } from './pool.ts';
import { fastestFirst } from './fastestFirst.ts';
import { leastLoaded } from './leastLoaded.ts';
import { predictiveOrder } from './predictiveOrder.ts';
import { randomOrder } from './randomOrder.ts';
import { roundRobin } from './roundRobin.ts';
import { weightedOrder } from './weightedOrder.ts';

export type JobOrder = (view: ClusterView, atMs: TimeMs, ids: readonly JobId[]) => readonly JobId[];

export type Policy = {
  /** How many waiting jobs get a reservation; `settings`: as many as the settings say. */
  readonly depth: number | 'settings';
  readonly strict: boolean;
  readonly keeps: boolean;
  /** Absent: as the queue is kept. */
  readonly order?: JobOrder;
  /** Absent: as the nodes joined. */
  readonly nodeOrder?: (view: ClusterView) => NodeOrder;
};

const EASY: Policy = { depth: 1, strict: false, keeps: false };
const BACKFILL: Policy = { depth: 'settings', strict: false, keeps: true };

export const POLICIES: Readonly<Record<PolicyName, Policy>> = {
  backfill: BACKFILL,
  easy: EASY,
  fifo: { depth: 0, strict: true, keeps: false },
  predictive: { ...EASY, order: predictiveOrder },
  'round-robin': { ...EASY, order: roundRobin },
  random: { ...EASY, order: randomOrder },
  weighted: { ...EASY, order: weightedOrder },
  'least-loaded': { ...BACKFILL, nodeOrder: leastLoaded },
  'min-completion': { ...BACKFILL, nodeOrder: fastestFirst },
};

export const DEFAULT_POLICY: PolicyName = 'backfill';
