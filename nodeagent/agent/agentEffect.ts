import type { PartTerms } from '../../scheduler/model/effect.ts';
import type { PartId } from '../../scheduler/model/ids.ts';
import type { PartAddress } from '../../collectives/partAddress.ts';

/** An order to the agent's shell, performed in the order given. */
export type AgentEffect =
  /** Write the launch order durably, then stage its files and start its job host. */
  | { readonly kind: 'startPart'; readonly id: PartId }
  | {
      readonly kind: 'wirePart';
      readonly id: PartId;
      readonly peers: readonly PartAddress[];
    }
  /** Tell the host, which then says what it goes by; an order that is lost comes again. */
  | { readonly kind: 'setTerms'; readonly id: PartId; readonly terms: PartTerms }
  /** Its ranks are threads of its host, whose process is stopped as a whole; safe to repeat. */
  | { readonly kind: 'stopHost'; readonly id: PartId }
  /** A host that may be stopped hears what it was told. */
  | { readonly kind: 'continueHost'; readonly id: PartId }
  /** A stopped host whose ranks may run no more, not for a moment. */
  | { readonly kind: 'killHost'; readonly id: PartId }
  /** Tell the host; a part that nobody has claimed is claimed as never started. */
  | {
      readonly kind: 'endPart';
      readonly id: PartId;
      readonly signal: number | undefined;
      readonly why: string;
      /** From TERM to KILL; absent: the usual one. */
      readonly graceMs?: number | undefined;
    }
  /** Write a durable end for a part that was never here, so that a late launch is refused. */
  | { readonly kind: 'neverStart'; readonly id: PartId; readonly why: string }
  | { readonly kind: 'leasePart'; readonly id: PartId; readonly untilMs: number }
  /** Put the states that its ranks have written into the object store. */
  | { readonly kind: 'storeCheckpoint'; readonly id: PartId; readonly sequence: number }
  /** Tell the host that its ranks may write the next. */
  | { readonly kind: 'checkpointIsStored'; readonly id: PartId; readonly sequence: number }
  /** The scheduler has recorded the end: drop everything but a tombstone. */
  | { readonly kind: 'buryPart'; readonly id: PartId }
  /** Write generation and epoch durably. */
  | { readonly kind: 'adoptIdentity'; readonly generation: number; readonly epoch: number }
  | { readonly kind: 'sendReport'; readonly count: number }
  /** Something for the log that an administrator should see. */
  | { readonly kind: 'warn'; readonly message: string }
  | { readonly kind: 'wakeAt'; readonly atMs: number };
