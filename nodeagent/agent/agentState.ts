import type { PartTerms } from '../../scheduler/model/effect.ts';
import type { PartId } from '../../scheduler/model/ids.ts';
import { partKey } from '../../scheduler/model/ids.ts';
import type { PartAddress } from '../../collectives/partAddress.ts';

/**
 * What a node agent knows, and nothing about how it acts. Only step.ts writes it. Times are
 * milliseconds of the node's monotonic clock unless they say otherwise.
 */
export type AgentState = {
  /** Highest generation of the cluster ever seen; orders and answers of a lower one are void. */
  generation: number;
  /** The epoch this node holds; raised only when nothing of an older one lives. */
  epoch: number;
  readonly incarnation: number;
  /** Every part not yet acknowledged as over. */
  readonly parts: Map<string, AgentPart>;
  /** Parts that may never start here again. */
  readonly tombstones: Set<string>;
  /** Set while everything of an epoch older than this one is being ended. */
  fencingTo: number | undefined;
  /** The node may start work, and let requeueable work go on, until then. */
  leaseUntilMs: number;
  /** A scheduler of a newer generation answers: it is told all that is here and was here, first. */
  telling: Telling | undefined;
  readonly reporting: Reporting;
};

export type Telling = {
  readonly generation: number;
  /** Keys of the parts that it has not been told of; the first `sent` are on their way. */
  readonly left: string[];
  sent: number;
};

export type Reporting = {
  linkUp: boolean;
  count: number;
  heartbeatMs: number;
  /** Sent and not answered yet. */
  inFlight: number | undefined;
  /** Something changed that the scheduler has not been told. */
  changed: boolean;
  failures: number;
  /** The scheduler or the broker came back while that report was in flight. */
  heardSince: boolean;
  dueMs: number;
  /** What all nodes would say at once is said at a random moment of this time. */
  spreadMs: number;
};

export type AgentPart = {
  readonly id: PartId;
  readonly epoch: number;
  stage: Stage;
  /** Ordered to end: told again to a host that comes back. */
  ending: string | undefined;
  /** From TERM to KILL, when it is not the usual one. */
  graceMs?: number | undefined;
  /** As ordered last; not known to an agent that has just started. */
  terms?: PartTerms;
  /** Ordered to wire: told again likewise. */
  peers: readonly PartAddress[] | undefined;
  /** The newest checkpoint whose files are in the object store. */
  checkpoint?: StoredCheckpoint;
};

/** States of the part's ranks, in their order. */
export type StoredCheckpoint = {
  readonly sequence: number;
  readonly files: readonly { readonly sha256: string; readonly sizeBytes: number }[];
};

export type Stage =
  /** The order is on disk. */
  | { readonly kind: 'accepted' }
  | {
      readonly kind: 'running';
      readonly startedMs: number;
      readonly listens: { readonly host: string; readonly port: number } | undefined;
      readonly wired: boolean;
      readonly progress: number | undefined;
      /** What its host goes by. */
      readonly terms: PartTerms;
      /** Its host is stopped, and hears nothing. */
      readonly stopped?: boolean | undefined;
    }
  /** The end record is on disk, outputs are delivered. */
  | { readonly kind: 'ended' };

const FIRST_HEARTBEAT_MS = 5_000;

/** State of an agent that starts with what it found on disk. */
export function startedAgent(found: {
  readonly generation: number;
  readonly epoch: number;
  readonly incarnation: number;
  readonly parts: readonly AgentPart[];
  readonly tombstones: readonly string[];
}): AgentState {
  return {
    generation: found.generation,
    epoch: found.epoch,
    incarnation: found.incarnation,
    parts: new Map(found.parts.map((part) => [partKey(part.id), part])),
    tombstones: new Set(found.tombstones),
    fencingTo: undefined,
    leaseUntilMs: 0,
    telling: undefined,
    reporting: {
      linkUp: false,
      count: 0,
      heartbeatMs: FIRST_HEARTBEAT_MS,
      inFlight: undefined,
      changed: true,
      failures: 0,
      heardSince: false,
      spreadMs: 0,
      dueMs: 0,
    },
  };
}
