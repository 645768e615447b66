/**
 * Checkpoints count once the states of all ranks are stored; the files of older ones are then let
 * go. Parts tell of theirs in their reports, at different times.
 */
import type { Checkpoint, CheckpointFile, PartCheckpoint } from '../model/checkpoint.ts';
import type { JobId, PartId } from '../model/ids.ts';
import { rankLayout } from '../model/rankLayout.ts';
import { attemptOf } from './attempt.ts';
import { checkpointFiles, forget } from './checkpointFiles.ts';
import type { Turn } from './turn.ts';

/** A part's newest checkpoint, as its node reports it; anything that cannot be is passed over. */
export function hearCheckpoint(turn: Turn, id: PartId, said: PartCheckpoint | undefined): void {
  const before = turn.view.jobs.get(id.job);
  const attempt = attemptOf(before);
  const part = attempt?.parts[id.part];
  if (!said || !before || attempt?.number !== id.attempt || said.files.length !== part?.ranks)
    return;
  const known = attempt.checkpoints?.[id.part] ?? undefined;
  if (said.sequence <= Math.max(known?.sequence ?? 0, before.checkpoint?.sequence ?? 0)) return;
  turn.record({ kind: 'checkpointStored', part: id, checkpoint: said });
  const whole = wholeCheckpoint(turn, id.job);
  if (whole) turn.record({ kind: 'checkpointCompleted', job: id.job, checkpoint: whole });
  const job = turn.view.jobs.get(id.job);
  const kept = new Set(job ? checkpointFiles(job) : []);
  forget(
    turn,
    checkpointFiles(before).filter((sha256) => !kept.has(sha256)),
  );
}

/** When all parts have stored the same one. */
function wholeCheckpoint(turn: Turn, id: JobId): Checkpoint | undefined {
  const job = turn.view.jobs.get(id);
  const { checkpoints = [], parts } = attemptOf(job) ?? { parts: [] };
  const counts = parts.map(({ ranks }) => ranks);
  const layout = rankLayout(counts, job?.request.distribution);
  const files: CheckpointFile[] = [];
  for (const [part, one] of checkpoints.entries()) {
    if (one?.sequence !== checkpoints[0]?.sequence) return undefined;
    for (const [at, file] of (one?.files ?? []).entries()) files[layout[part]?.[at] ?? 0] = file;
  }
  const sequence = checkpoints[0]?.sequence;
  return sequence === undefined ? undefined : { sequence, files, storedMs: turn.atMs };
}
