import type { AgentPart } from '../agent/agentState.ts';
import { storedCheckpoint } from './checkpointKeeper.ts';
import type { PartStore } from './partStore.ts';

/** The parts that earlier incarnations of the agent left, as it starts with them. */
export function foundParts(store: PartStore): AgentPart[] {
  return store.list().map((id) => {
    const checkpoint = storedCheckpoint(store.folder(id));
    return {
      id,
      epoch: store.order(id)?.epoch ?? 0,
      stage: { kind: 'accepted' },
      ending: undefined,
      peers: undefined,
      ...(checkpoint && { checkpoint }),
    };
  });
}
