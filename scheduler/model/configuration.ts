import type { Limits } from './limit.ts';
import type { PolicyName } from './policyName.ts';
import type { Countable } from './request.ts';

/**
 * What the administrator's file says of partitions, QoS, accounts and nodes. Everything but names
 * and a partition's longest time may be absent: then there is no such limit.
 */
export type Partition = {
  readonly name: string;
  /** Longest time limit in ms; 0: none. */
  readonly maxTimeMs: number;
  /** For jobs that name no limit. */
  readonly defaultTimeMs?: number;
  /** Node names; absent: all nodes. Partitions may overlap. */
  readonly nodes?: readonly string[];
  readonly maxNodes?: number;
  /** Jobs of a higher tier are planned first, and may preempt lower ones. Absent: 1. */
  readonly tier?: number;
  /** `down`: accepts jobs, starts none. `drain`: accepts none, runs what it has. Absent: up. */
  readonly state?: 'up' | 'down' | 'drain' | 'inactive';
  /** Absent: everybody. */
  readonly allowUsers?: readonly string[];
  readonly allowAccounts?: readonly string[];
  readonly denyAccounts?: readonly string[];
  /** Absent: every QoS. */
  readonly allowQos?: readonly string[];
  /** Of jobs that name none. */
  readonly qos?: string;
  /** Absent: the cluster's. */
  readonly policy?: PolicyName;
  /** What happens to its jobs when a higher tier needs their nodes. Absent: off. */
  readonly preempt?: PreemptMode;
  /** Time from TERM to KILL of a preempted job, ms. */
  readonly graceMs?: number;
  /** Takes only nodes under 30 % load, and gives them back at once. */
  readonly scavenger?: boolean;
};

/** Watts at the wall of one board, as a meter at the site says; `name` is what its model begins with. */
export type BoardPower = {
  readonly name: string;
  readonly idleW: number;
  /** All cores busy. */
  readonly fullW: number;
  /** Absent: 4. */
  readonly cores?: number;
  /** Its share of switch, fans and supply. */
  readonly overheadW?: number;
};

/** How long is kept what nobody needs any more, in ms. */
export type Retention = {
  /** Finished jobs, after their end. Absent: for ever. */
  readonly jobsMs?: number;
  /** Files in the store that no job names, after they were stored. Absent: for ever. */
  readonly filesMs?: number;
};

export type PreemptMode = 'off' | 'requeue' | 'suspend' | 'cancel';

export type Qos = {
  readonly name: string;
  /** Added through the weight `qos`, 0..1000000. */
  readonly priority?: number;
  /** Of all its jobs, and of one user's in it. */
  readonly group?: Limits;
  readonly perUser?: Limits;
  /** Names of the QoS whose jobs it may preempt. */
  readonly preempts?: readonly string[];
  readonly preempt?: PreemptMode;
  readonly graceMs?: number;
  /** Multiplies what its jobs count in fair-share. Absent: 1. */
  readonly usageFactor?: number;
};

export type Account = {
  readonly name: string;
  /** Absent: the root. */
  readonly parent?: string;
  /** Shares among its siblings, whole. Absent: 1. */
  readonly shares?: number;
  /** Absent: everybody. A user of several accounts submits to the first by default. */
  readonly users?: readonly string[];
  /** Of the account with all below it, and of one user in it. */
  readonly group?: Limits;
  readonly perUser?: Limits;
};

export type NodeSettings = {
  /** Node names. */
  readonly names: readonly string[];
  /** Beside those that a node says of itself: its architecture and board (`pi5`). */
  readonly features?: readonly string[];
  readonly gres?: readonly Countable[];
  /** Nodes behind one switch talk fastest. */
  readonly switch?: string;
  /** Lower than reported only. */
  readonly cores?: number;
  readonly memoryBytes?: number;
  /** Of nodes that fit alike the lowest comes first. Absent: 0. */
  readonly order?: number;
};

/** `before` or `after` absent: added or removed; JSON-safe values otherwise. */
export type SettingChange = {
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
};

/** Each term is 0..1 scaled to a whole number of millionths, times its weight; their sum less `nice` is the priority. */
export type PriorityWeights = {
  readonly age?: number;
  /** From here on a job grows no older, ms. Absent: 7 days. */
  readonly maxAgeMs?: number;
  readonly size?: number;
  /** Absent: larger jobs come first. */
  readonly favourSmall?: boolean;
  readonly partition?: number;
  readonly qos?: number;
  readonly fairShare?: number;
  /** Usage counts half after this time, ms. Absent: 7 days. */
  readonly halfLifeMs?: number;
};
