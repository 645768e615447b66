import { copyFileSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Settings } from '../model/cluster.ts';
import type { NodeName } from '../model/ids.ts';
import { LAST_GENERATION } from '../model/restoring.ts';
import { timeMs } from '../model/time.ts';
import { Journal } from './journal.ts';
import { JournalError } from './journalError.ts';
import { markMade, syncPath } from './journalFile.ts';
import { restoreCluster } from './restore.ts';

/** Job ids that may have been given out since the backup, when the lost journal cannot say. */
const SKIPPED_JOB_IDS = 1_000_000;

export type BackupRestored = {
  readonly generation: number;
  readonly nextJobId: number;
  readonly liveJobs: number;
  /** Of the last fact in the backup. */
  readonly backupMs: number;
  readonly awaited: readonly NodeName[];
  /** Whether the journal that was replaced could be read. */
  readonly complete: boolean;
  /** Where that journal is now, if there was one. */
  readonly kept: string | undefined;
};

type Known = {
  readonly madeMs: number;
  readonly generation: number;
  readonly nextJobId: number;
  readonly nodes: NodeName[];
};

/**
 * Puts a backup in place of the journal at `path`, as the first of a new generation. All checks
 * come first, and the old journal is kept under another name. Throws JournalError, having changed
 * nothing: a scheduler runs, the file is foreign, damaged or of a newer format.
 */
export function restoreBackup(
  path: string,
  backup: string,
  options: {
    readonly settings: Settings;
    readonly nowMs: number;
    /** To be higher than any that a node may know. */
    readonly generation?: number | undefined;
  },
): BackupRestored {
  if (!existsSync(backup)) throw new JournalError(backup, 'there is no such file');
  const { settings, nowMs } = options;
  const present = whatIsThere(path, options);
  const draft = `${path}.restoring`;
  remove(draft);
  copyFileSync(backup, draft);
  try {
    const journal = openDraft(draft, backup, nowMs);
    let restored: Omit<BackupRestored, 'kept'>;
    try {
      restored = beginGeneration(journal, settings, { ...options, path, present });
    } finally {
      journal.close();
    }
    syncPath(draft);
    const kept = setAside(path, nowMs);
    renameSync(draft, path);
    markMade(path, restored.generation);
    syncPath(dirname(path));
    return { ...restored, kept };
  } finally {
    remove(draft);
  }
}

function openDraft(draft: string, backup: string, nowMs: number): Journal {
  try {
    return new Journal(draft, { nowMs });
  } catch (cause) {
    if (!(cause instanceof JournalError)) throw cause;
    throw new JournalError(backup, cause.message.slice(draft.length + 2), { cause });
  }
}

function beginGeneration(
  journal: Journal,
  settings: Settings,
  parts: {
    readonly path: string;
    readonly nowMs: number;
    readonly generation?: number | undefined;
    readonly present: Known | undefined;
  },
): Omit<BackupRestored, 'kept'> {
  const { path, nowMs, present } = parts;
  const { cluster, newestMs } = restoreCluster(journal, settings);
  const marked = markedGeneration(path);
  const known = Math.max(cluster.generation, present?.generation ?? 0, marked);
  // A journal that was begun anew on an empty disk knows nothing of what followed the backup.
  const continued = present?.madeMs === journal.madeMs ? present : undefined;
  if (parts.generation === undefined && !continued && (present || marked === 0))
    throw new JournalError(
      path,
      `nothing here says whether this backup was restored before, and nodes may know its next generation: ` +
        `give --generation ${known + 1} if it never was, else one above that of the last time`,
    );
  const generation = parts.generation ?? known + 1;
  if (generation <= known || generation > LAST_GENERATION)
    throw new JournalError(
      path,
      `the new generation cannot be ${generation}: it must be over ${known} and at most ${LAST_GENERATION}`,
    );
  const nextJobId = continued
    ? Math.max(cluster.nextJobId, continued.nextJobId)
    : cluster.nextJobId + SKIPPED_JOB_IDS;
  const awaited = [...new Set([...cluster.nodes.keys(), ...(present?.nodes ?? [])])].sort();
  const complete = continued !== undefined;
  const atMs = timeMs(Math.max(nowMs, newestMs));
  const said = { generation, nextJobId, awaited, complete };
  journal.commit([{ kind: 'clusterRestored', atMs, ...said }]);
  return { ...said, liveJobs: cluster.jobs.size, backupMs: newestMs };
}

/** Undefined when there is no journal or it cannot be read; a scheduler that runs is refused. */
function whatIsThere(
  path: string,
  { settings, nowMs }: { readonly settings: Settings; readonly nowMs: number },
): Known | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const journal = new Journal(path, { nowMs });
    try {
      const { generation, nextJobId, nodes } = restoreCluster(journal, settings).cluster;
      return { madeMs: journal.madeMs, generation, nextJobId, nodes: [...nodes.keys()] };
    } finally {
      journal.close();
    }
  } catch (error) {
    if (!(error instanceof JournalError) || error.inUse) throw error;
    return undefined;
  }
}

const FILES = ['', '-wal', '-shm'];

function setAside(path: string, nowMs: number): string | undefined {
  if (!existsSync(path)) return undefined;
  const stamp = new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-');
  const kept = `${path}.before-${stamp}`;
  for (const suffix of FILES)
    if (existsSync(path + suffix)) renameSync(path + suffix, kept + suffix);
  return kept;
}

function remove(draft: string): void {
  for (const suffix of [...FILES, '.made']) rmSync(draft + suffix, { force: true });
}

/** The generation is remembered beside the journal, for when the journal itself is lost; 0: it is not. */
function markedGeneration(path: string): number {
  const marker = `${path}.made`;
  const text = existsSync(marker) ? readFileSync(marker, 'utf8') : '';
  return Number(/generation (\d{1,3})/.exec(text)?.[1] ?? 0);
}
