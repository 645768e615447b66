import { decodeMessage, encodeMessage, pibatch } from '../../proto/codec.ts';
import { partKey } from '../../scheduler/model/ids.ts';
import type { AgentState } from '../agent/agentState.ts';
import type { PartStore } from '../part/partStore.ts';
import { readOutput } from './liveOutput.ts';
import { readPartId } from './orders.ts';

/** A piece of the output that a live part has captured so far. Throws BadMessageError. */
const CHUNK_LIMIT_BYTES = 128 * 1_024;

export function answerOutput(
  request: Uint8Array,
  from: { readonly node: string; readonly state: AgentState; readonly store: PartStore },
): Uint8Array {
  const asked = decodeMessage(pibatch.ReadOutput, request);
  const id = readPartId(asked.id);
  const { rank, offset } = asked;
  const limit = Math.min(asked.limit || CHUNK_LIMIT_BYTES, CHUNK_LIMIT_BYTES);
  const data = readOutput(from.store.folder(id), { rank, offset, limit });
  const stage = from.state.parts.get(partKey(id))?.stage.kind;
  return encodeMessage(pibatch.OutputChunk, {
    job: id.job,
    rank,
    offset,
    data: data ?? Buffer.alloc(0),
    end: stage === 'ended' && (data?.length ?? 0) < limit,
    missing: stage ? '' : `${from.node} no longer has part ${partKey(id)}`,
  });
}
