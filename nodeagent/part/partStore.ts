import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeMessage, encodeMessage, pibatch } from '../../proto/codec.ts';
import type { PartId } from '../../scheduler/model/ids.ts';
import { jobId, partKey } from '../../scheduler/model/ids.ts';
import { bootId } from '../../proto/processIdentity.ts';
import type { Claim } from '../record/claim.ts';
import { claim } from '../record/claim.ts';
import { createOnce, readIfThere, writeDurably } from '../record/durableFile.ts';
import type { PartExit } from '../record/partExit.ts';
import { neverStarted, partExit } from '../record/partExit.ts';
import type { PartFolder } from '../record/partFolder.ts';
import { partFolder } from '../record/partFolder.ts';
import { parseRecord } from '../record/shape.ts';
import { seenPart } from './seenPart.ts';

/**
 * The parts on this node's disk: one folder each, and a tombstone for each that is buried.
 * Truth for a restart of the agent: order (accepted), claim (started at most once), exit
 * (over). A damaged record is treated as absent; a claim always stands.
 */
const TOMBSTONE_LIFE_MS = 7 * 24 * 3_600_000;

export class PartStore {
  private readonly parts: string;
  private readonly graves: string;

  constructor(home: string) {
    this.parts = join(home, 'parts');
    this.graves = join(home, 'tombstones');
    for (const folder of [this.parts, this.graves]) mkdirSync(folder, { recursive: true });
  }

  folder(id: PartId): PartFolder {
    return partFolder(join(this.parts, partKey(id)));
  }

  /** Makes the order durable: from now on this node answers for the part. */
  accept(id: PartId, order: Uint8Array): PartFolder {
    const folder = this.folder(id);
    for (const path of [folder.root, folder.work, folder.output])
      mkdirSync(path, { recursive: true, mode: 0o700 });
    writeDurably(folder.order, order);
    return folder;
  }

  /** The ids of all parts that are here and not buried. */
  list(): PartId[] {
    return readdirSync(this.parts)
      .map(parsePartKey)
      .filter((id) => id !== undefined)
      .filter((id) => !existsSync(join(this.graves, partKey(id))));
  }

  order(id: PartId): pibatch.LaunchOrder | undefined {
    return readAs(this.folder(id).order, (bytes) => decodeMessage(pibatch.LaunchOrder, bytes));
  }

  exit(id: PartId): PartExit | undefined {
    const { exit } = this.folder(id);
    return readAs(exit, (bytes) => parseRecord(partExit, bytes.toString(), exit));
  }

  writeExit(id: PartId, record: PartExit): void {
    writeDurably(this.folder(id).exit, JSON.stringify(record));
  }

  /** Undefined also for a claim that is being written at this moment. */
  claim(id: PartId): Claim | undefined {
    const path = this.folder(id).claim;
    return readAs(path, (bytes) => parseRecord(claim, bytes.toString(), path));
  }

  hasClaim(id: PartId): boolean {
    return existsSync(this.folder(id).claim);
  }

  /** False when a job host has claimed it; else nothing of the part will ever run. */
  neverStart(id: PartId, why: string): boolean {
    const folder = this.folder(id);
    mkdirSync(folder.root, { recursive: true, mode: 0o700 });
    const claimedMs = Date.now();
    const own: Claim = { process: process.pid, startTicks: 0, bootId: bootId(), claimedMs };
    if (!createOnce(folder.claim, JSON.stringify(own))) return false;
    this.writeExit(id, neverStarted(why, claimedMs));
    return true;
  }

  ended(id: PartId): pibatch.Ended | undefined {
    return readAs(this.folder(id).ended, (bytes) => decodeMessage(pibatch.Ended, bytes));
  }

  /** Not synced: after a power cut it is made again from the exit record. */
  writeEnded(id: PartId, ended: pibatch.Ended.$Properties): void {
    writeFileSync(this.folder(id).ended, encodeMessage(pibatch.Ended, ended), { mode: 0o600 });
  }

  /**
   * The scheduler has recorded the end. Not synced: a late order cannot outlive a power cut. The
   * folder is renamed first, so that a half removed one is never read again. The tombstone says how
   * the part ended, for a scheduler whose database has to be restored from a backup.
   */
  bury(id: PartId): void {
    const key = partKey(id);
    const seen = seenPart(id, this.order(id), this.ended(id));
    writeFileSync(
      join(this.graves, key),
      encodeMessage(pibatch.SeenPart, { ...seen, buried: true }),
    );
    void removeFolder(join(this.parts, key), join(this.parts, `buried-${key}`));
  }

  /** What is known of a part that is here or was; undefined when the name is none of a part. */
  seen(key: string): pibatch.SeenPart.$Properties | undefined {
    const id = parsePartKey(key);
    if (!id) return undefined;
    const grave = readAs(join(this.graves, key), (bytes) => decodeMessage(pibatch.SeenPart, bytes));
    if (grave) return { ...grave, id, buried: true };
    return seenPart(id, this.order(id), this.ended(id));
  }

  tombstones(): string[] {
    return readdirSync(this.graves);
  }

  /** Removes what a crash left half buried, and tombstones after a week. Returns the latter. */
  async tidy(nowMs: number): Promise<string[]> {
    for (const name of readdirSync(this.parts))
      if (name.startsWith('buried-') || existsSync(join(this.graves, name)))
        await rm(join(this.parts, name), { recursive: true, force: true });
    const old = this.tombstones().filter((key) => {
      const age = nowMs - statSync(join(this.graves, key)).mtimeMs;
      // A clock that was wrong at the burial: start counting again.
      if (age < 0) utimesSync(join(this.graves, key), nowMs / 1_000, nowMs / 1_000);
      return age > TOMBSTONE_LIFE_MS;
    });
    for (const key of old) await rm(join(this.graves, key), { force: true });
    return old;
  }
}

async function removeFolder(path: string, dying: string): Promise<void> {
  try {
    await rename(path, dying);
    await rm(dying, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // Left for tidy() at the next start.
  }
}

function readAs<T>(path: string, decode: (bytes: Buffer) => T): T | undefined {
  const bytes = readIfThere(path);
  if (bytes === undefined) return undefined;
  try {
    return decode(bytes);
  } catch {
    return undefined;
  }
}

export function parsePartKey(key: string): PartId | undefined {
  const match = /^(\d{1,16})\.(\d{1,9})\.(\d{1,9})$/.exec(key);
  if (!match) return undefined;
  return { job: jobId(Number(match[1])), attempt: Number(match[2]), part: Number(match[3]) };
}
