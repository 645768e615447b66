import type { PartAddress } from '../../collectives/partAddress.ts';
import type { PartTerms } from '../../scheduler/model/effect.ts';
import type { PartId } from '../../scheduler/model/ids.ts';
import type { StoredCheckpoint } from './agentState.ts';

/** What the world says to an agent. `atMs` is the node's monotonic clock. */
export type AgentInput = { readonly atMs: number } & (
  | {
      readonly kind: 'launchOrdered';
      readonly generation: number;
      readonly id: PartId;
      readonly epoch: number;
    }
  /** Its order could not be made durable: this node does not answer for it. */
  | { readonly kind: 'acceptFailed'; readonly id: PartId }
  | {
      readonly kind: 'wireOrdered';
      readonly generation: number;
      readonly id: PartId;
      readonly peers: readonly PartAddress[];
    }
  | {
      readonly kind: 'termsOrdered';
      readonly generation: number;
      readonly id: PartId;
      readonly terms: PartTerms;
    }
  | {
      readonly kind: 'endOrdered';
      readonly generation: number;
      readonly id: PartId;
      readonly signal: number | undefined;
      readonly why: string;
      readonly graceMs?: number | undefined;
    }
  /** A job host is on the line (again). */
  | { readonly kind: 'hostConnected'; readonly id: PartId }
  | {
      readonly kind: 'partRunning';
      readonly id: PartId;
      readonly startedMs: number;
      readonly listens: { readonly host: string; readonly port: number } | undefined;
      readonly wired: boolean;
      readonly terms: PartTerms;
      /** Suspended, and its process is to be stopped. */
      readonly stop?: boolean | undefined;
    }
  | { readonly kind: 'partProgressed'; readonly id: PartId; readonly fraction: number }
  /** Its ranks have written their states, which are to be stored. */
  | { readonly kind: 'checkpointWritten'; readonly id: PartId; readonly sequence: number }
  | {
      readonly kind: 'checkpointStored';
      readonly id: PartId;
      readonly checkpoint: StoredCheckpoint;
    }
  /** Its complete end record is on disk. */
  | { readonly kind: 'partEnded'; readonly id: PartId }
  | {
      readonly kind: 'reportAnswered';
      readonly count: number;
      /** When the report left. */
      readonly sentAtMs: number;
      readonly generation: number;
      readonly epoch: number;
      readonly fence: boolean;
      readonly leaseMs: number;
      readonly heartbeatMs: number;
      readonly spreadMs: number;
      readonly acknowledged: readonly PartId[];
    }
  /** No answer, or a refusal. */
  | { readonly kind: 'reportFailed'; readonly count: number }
  | { readonly kind: 'linkChanged'; readonly up: boolean }
  /** The scheduler has (re)started and wants to hear from everybody. */
  | { readonly kind: 'reportWanted' }
  | { readonly kind: 'woken' }
);
