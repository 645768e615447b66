import type { AgentPart, Stage } from '../agent/agentState.ts';
import type { PartId } from '../../scheduler/model/ids.ts';
import { storedCheckpoint } from './checkpointKeeper.ts';
import { isHeld } from './hostProcess.ts';
import type { PartStore } from './partStore.ts';

/** The parts that earlier incarnations of the agent left, as it starts with them. */
export function foundParts(store: PartStore): AgentPart[] {
  return store.list().map((id) => {
    const checkpoint = storedCheckpoint(store.folder(id));
    return {
      id,
      epoch: store.order(id)?.epoch ?? 0,
      stage: foundStage(store, id),
      ending: undefined,
      peers: undefined,
      ...(checkpoint && { checkpoint }),
    };
  });
}

/** A host that is stopped cannot dial in: it was running when it was suspended. */
function foundStage(store: PartStore, id: PartId): Stage {
  const claim = store.claim(id);
  if (!claim || !isHeld(claim)) return { kind: 'accepted' };
  return {
    kind: 'running',
    startedMs: claim.claimedMs,
    listens: undefined,
    wired: true,
    progress: undefined,
    terms: { timeLimitMs: store.order(id)?.spec?.timeLimitMs ?? 0, suspended: true },
    stopped: true,
  };
}
