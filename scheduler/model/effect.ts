import type { JobId, NodeName, PartId, ScheduleName, UserName } from './ids.ts';
import type { Part } from './part.ts';
import type { Job } from './job.ts';
import type { SettingChange } from './configuration.ts';
import type { Refusal } from './refusal.ts';
import type { TimeMs } from './time.ts';

/** An order to the shell, performed after the events are committed; safe to repeat. */
export type Effect =
  | { readonly kind: 'launchPart'; readonly part: PartId; readonly launch: Launch }
  /** All parts listen: tell this one where its peers are. */
  | {
      readonly kind: 'wirePart';
      readonly part: PartId;
      readonly node: NodeName;
      readonly peers: readonly {
        readonly part: number;
        readonly host: string;
        readonly port: number;
      }[];
    }
  /** TERM, grace, KILL until the part is over; with `signal`, only that signal is delivered. */
  | {
      readonly kind: 'endPart';
      readonly part: PartId;
      readonly node: NodeName;
      readonly signal: number | undefined;
      readonly why: string;
      /** From TERM to KILL; absent: the node's own. */
      readonly graceMs?: number;
    }
  /** Under what terms the part goes on; said again until its node reports them. */
  | {
      readonly kind: 'setTerms';
      readonly part: PartId;
      readonly node: NodeName;
      readonly terms: PartTerms;
    }
  /** The answer to a report: what is safely recorded, and how long the node may go on alone. */
  | {
      readonly kind: 'answerNode';
      readonly replyTo: number;
      readonly node: NodeName;
      readonly epoch: number;
      /** The agent must end everything it holds of an older epoch, then report with this one. */
      readonly fence: boolean;
      /** Counted from the report's own sending time. */
      readonly leaseMs: number;
      readonly acknowledged: readonly PartId[];
      readonly heartbeatMs: number;
      /** What all nodes would say at once they say within this time. */
      readonly spreadMs: number;
    }
  | { readonly kind: 'reply'; readonly replyTo: number; readonly answer: Answer }
  /** Tell watchers that a job's state changed. */
  | {
      readonly kind: 'announceJob';
      readonly job: JobId;
      readonly user: UserName;
      readonly state: string;
    }
  /** Nobody will ask for these files again: they may leave the object store. */
  | { readonly kind: 'forgetFiles'; readonly sha256s: readonly string[] }
  | { readonly kind: 'wakeAt'; readonly atMs: TimeMs };

/** What may change while a part runs. */
export type PartTerms = {
  /** 0: no limit. */
  readonly timeLimitMs: number;
  /** Its ranks are stopped and their time stands still; absent: no. */
  readonly suspended?: boolean | undefined;
};

/** All that an agent needs to start its part; the attempt's secret is added by the shell. */
export type Launch = {
  readonly job: Job;
  readonly attempt: number;
  readonly part: Part;
  /** Every part of the attempt, so that a rank can know its peers. */
  readonly parts: readonly Part[];
  /** Speed of every node in `parts`, in their order. */
  readonly weights: readonly number[];
};

export type Answer =
  | { readonly kind: 'submitted'; readonly job: JobId; readonly repeated: boolean }
  | { readonly kind: 'done'; readonly jobs: readonly JobId[] }
  | {
      readonly kind: 'scheduled';
      readonly name: ScheduleName;
      readonly nextMs: TimeMs | undefined;
      readonly repeated: boolean;
    }
  | {
      readonly kind: 'reserved';
      readonly name: string;
      /** Absent when it was removed. */
      readonly startMs: TimeMs | undefined;
      readonly nodes: readonly NodeName[];
    }
  | { readonly kind: 'reconfigured'; readonly changes: readonly SettingChange[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal };
