import type { NodeName } from './ids.ts';
import type { ReportSequence } from './part.ts';
import type { TimeMs } from './time.ts';

/** What a node says of itself when it joins; administrators may only lower it. */
export type NodeFacts = {
  readonly hostName: string;
  /** Board model as the firmware names it, or the CPU's name elsewhere. */
  readonly model: string;
  readonly architecture: string;
  /** Core ids offered to jobs, ascending. */
  readonly cores: readonly number[];
  readonly memoryBytes: number;
  readonly operatingSystem: string;
  readonly agentVersion: string;
  readonly bootId: string;
  /** How limits are enforced: cgroup v2, v1, or by watching. */
  readonly confinement: 'cgroup2' | 'cgroup1' | 'watch';
  /** Facts worth an administrator's eye, e.g. a memory controller that is off and how to turn it on. */
  readonly warnings: readonly string[];
  /** Relative speed of a core (1 = reference). */
  readonly weight: number;
};

export type NodeTelemetry = {
  readonly load: number;
  readonly memoryAvailableBytes: number;
  readonly temperatureMilliC: number | undefined;
  /** The firmware's get_throttled bits; undefined where there is no such firmware. */
  readonly throttledBits: number | undefined;
  readonly frequencyHz: number | undefined;
};

export type Node = {
  readonly name: NodeName;
  readonly epoch: number;
  readonly facts: NodeFacts;
  readonly joinedMs: TimeMs;
  readonly health: NodeHealth;
  /** All reasons for which an administrator or the system drained it; empty = takes work. */
  readonly drains: readonly { readonly by: string; readonly why: string; readonly atMs: TimeMs }[];
  /** When it went down or was found rebooted, newest last; three within an hour drain it. */
  readonly failuresMs: readonly TimeMs[];
  /** Not journalled: what the last report of this epoch said; undefined = takes no work yet. */
  readonly heard: NodeHeard | undefined;
};

export type NodeHeard = {
  readonly atMs: TimeMs;
  readonly sequence: ReportSequence;
  readonly telemetry: NodeTelemetry;
};

/** `silent`: missed beats, no new work; `down`: shown as such; its parts wait for proof of death or lease end. */
export type NodeHealth =
  | { readonly kind: 'up' }
  | { readonly kind: 'silent'; readonly sinceMs: TimeMs }
  | { readonly kind: 'down'; readonly sinceMs: TimeMs };
