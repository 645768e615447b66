import type { pibatch } from '../../proto/codec.ts';
import type { PartId } from '../../scheduler/model/ids.ts';

/** What a scheduler that lost its memory of a part must know of it: whose it was, how it ended. */
export function seenPart(
  id: PartId,
  order: pibatch.LaunchOrder | undefined,
  ended: pibatch.Ended | undefined,
): pibatch.SeenPart.$Properties {
  const { arrayJob, arrayTask, parts = [] } = order ?? {};
  return {
    id,
    ...(arrayJob != null && { arrayJob, arrayTask: arrayTask ?? 0 }),
    parts: parts.length,
    ...(ended && { ended: outcomeOf(ended) }),
  };
}

function outcomeOf(ended: pibatch.Ended): pibatch.Ended.$Properties {
  const { exited, timeLimit, outOfMemory, killed, leaseExpired, neverStarted, lost } = ended;
  if (exited) return { exited };
  if (timeLimit) return { timeLimit };
  if (outOfMemory) return { outOfMemory };
  if (killed) return { killed };
  if (leaseExpired) return { leaseExpired };
  if (lost != null) return { lost: lost.slice(0, 200) };
  return { neverStarted: (neverStarted ?? 'nobody knows how').slice(0, 200) };
}
