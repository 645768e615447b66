import type { PartCheckpoint } from './checkpoint.ts';
import type { JobId, NodeName } from './ids.ts';
import type { PartEnd } from './outcome.ts';
import type { RankChoice } from './rankChoice.ts';
import type { Suspension } from './suspension.ts';
import type { TimeMs } from './time.ts';

/** One node's share of an attempt: its cores, and how many ranks. */
export type Part = {
  readonly node: NodeName;
  /** The node's epoch at allocation: an order with an older one is refused by the agent. */
  readonly epoch: number;
  /** How many ranks the parts before it have; which ones are its own says rankLayout.ts. */
  readonly firstRank: number;
  readonly ranks: number;
  /** The node's core ids, ascending; released exactly once, when the part is over. */
  readonly cores: readonly number[];
  readonly memoryBytes: number;
  readonly state: PartState;
};

export type PartState =
  | {
      readonly kind: 'launching';
      readonly sinceMs: TimeMs;
      /** Not journalled: the node has it on disk, so its order is no longer resent. */
      readonly accepted: boolean;
      /** Not journalled: when its order was last sent. */
      readonly sentMs: TimeMs;
    }
  | {
      readonly kind: 'running';
      readonly startedMs: TimeMs;
      /** Sequence of the report that first said so: an older inventory cannot miss it. */
      readonly seen: ReportSequence;
      /** Where its data plane listens; undefined for commands and one-part jobs. */
      readonly listens: { readonly host: string; readonly port: number } | undefined;
      /** Not journalled: when it was heard that it knows its peers; absent where it needs none. */
      readonly wiredMs?: TimeMs;
      /** When its node said that its ranks are stopped; absent: they are not. */
      readonly stoppedMs?: TimeMs;
    }
  | {
      readonly kind: 'ended';
      readonly endedMs: TimeMs;
      readonly end: PartEnd;
      /** Where it listened: peers that are not yet wired must still be told. */
      readonly listens: { readonly host: string; readonly port: number } | undefined;
    };

/** Order of a node's reports: by incarnation of the agent, then by count. */
export type ReportSequence = { readonly incarnation: number; readonly count: number };

export type Attempt = {
  readonly number: number;
  readonly startedMs: TimeMs;
  readonly parts: readonly Part[];
  /** Started early with less than the job's own time limit, ms. */
  readonly limitMs?: number;
  /** Of a moldable job: how many ranks it got, and why. */
  readonly choice?: RankChoice;
  /** Why the attempt must end before its ranks do; the first reason wins. */
  readonly ending: AttemptEnding | undefined;
  readonly suspension?: Suspension;
  /** Of suspensions that are over; absent: there were none. */
  readonly suspendedMs?: number;
  /** The newest that each part has stored; absent: none has. */
  readonly checkpoints?: readonly (PartCheckpoint | null)[];
};

export type AttemptEnding =
  | { readonly kind: 'cancelled'; readonly by: string; readonly atMs: TimeMs }
  | { readonly kind: 'requeued'; readonly by: string; readonly atMs: TimeMs }
  /** Others need its cores: jobs that rank above it, or (a scavenger) any other load. */
  | {
      readonly kind: 'preempted';
      /** Absent: other work on the node. */
      readonly by: JobId | undefined;
      readonly mode: 'requeue' | 'cancel';
      /** From TERM to KILL; absent: the node's own. */
      readonly graceMs?: number;
      readonly atMs: TimeMs;
    }
  /** A sibling part ended badly or was lost: the gang ends together. */
  | { readonly kind: 'partFailed'; readonly part: number; readonly atMs: TimeMs }
  | { readonly kind: 'launchTimedOut'; readonly part: number; readonly atMs: TimeMs }
  | { readonly kind: 'timeLimit'; readonly atMs: TimeMs }
  | { readonly kind: 'deadline'; readonly atMs: TimeMs };
