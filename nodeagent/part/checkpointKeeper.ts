import { createHmac, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { pibatch } from '../../proto/codec.ts';
import type { PartId } from '../../scheduler/model/ids.ts';
import { partKey } from '../../scheduler/model/ids.ts';
import type { StoredCheckpoint } from '../agent/agentState.ts';
import { checkpointFile, restoredFile } from '../jobhost/rankCheckpoints.ts';
import { readIfThere, writeDurably } from '../record/durableFile.ts';
import type { PartFolder } from '../record/partFolder.ts';
import { list, number, object, parseRecord, text } from '../record/shape.ts';
import type { BlobCache } from './blobCache.ts';
import { orderedRanks } from './orderedRanks.ts';
import type { PartStore } from './partStore.ts';

/**
 * States of ranks on their way to the object store and back. Every stored file begins with bytes
 * made of the attempt's secret: nobody else has the same one, so that the scheduler may remove it
 * when a newer checkpoint has taken its place; and an agent that died before it could tell of a
 * file stores the same one again.
 */
const SALT_BYTES = 32;
const AGAIN_MS = 5_000;

export type CheckpointKeeperOptions = {
  readonly store: PartStore;
  readonly putBlob: (bytes: Uint8Array) => Promise<string>;
  readonly isOpen: (id: PartId) => boolean;
  readonly onStored: (id: PartId, checkpoint: StoredCheckpoint) => void;
  readonly warn: (message: string) => void;
};

export class CheckpointKeeper {
  private readonly options: CheckpointKeeperOptions;
  private readonly underWay = new Map<string, Promise<void>>();
  private closed = false;

  constructor(options: CheckpointKeeperOptions) {
    this.options = options;
  }

  /** Tries for as long as the part lives; asked again meanwhile it does nothing. */
  store(id: PartId, sequence: number): void {
    const key = partKey(id);
    if (this.underWay.has(key) || this.closed || !this.options.isOpen(id)) return;
    const again = (error: unknown): void => {
      this.underWay.delete(key);
      this.options.warn(`checkpoint ${sequence} of part ${key}: ${String(error)}; trying again`);
      setTimeout(() => this.store(id, sequence), AGAIN_MS).unref();
    };
    const delivery = this.deliver(id, sequence).then((stored) => {
      this.underWay.delete(key);
      if (!this.closed) this.options.onStored(id, stored);
    }, again);
    this.underWay.set(key, delivery);
  }

  /** What is on its way arrives or fails: the last report of a part tells of all that it has stored. */
  async settled(id: PartId): Promise<void> {
    await this.underWay.get(partKey(id));
  }

  close(): void {
    this.closed = true;
  }

  private async deliver(id: PartId, sequence: number): Promise<StoredCheckpoint> {
    const { store, putBlob } = this.options;
    const folder = store.folder(id);
    const files: { sha256: string; sizeBytes: number }[] = [];
    for (const rank of orderedRanks(store.order(id))) {
      const state = await readFile(checkpointFile(folder.checkpoints, sequence, rank));
      const bytes = Buffer.concat([saltOf(store.order(id), { sequence, rank }), state]);
      files.push({ sha256: await putBlob(bytes), sizeBytes: bytes.length });
    }
    const stored = { sequence, files };
    writeDurably(folder.checkpoint, JSON.stringify(stored));
    return stored;
  }
}

function saltOf(
  order: pibatch.LaunchOrder | undefined,
  { sequence, rank }: { readonly sequence: number; readonly rank: number },
): Buffer {
  if (!order?.secret.length) return randomBytes(SALT_BYTES);
  return createHmac('sha256', order.secret).update(`checkpoint ${sequence} ${rank}`).digest();
}

const record = object({
  sequence: number,
  files: list(object({ sha256: text, sizeBytes: number })),
});

/** What an earlier incarnation of the agent has stored; undefined when there is nothing legible. */
export function storedCheckpoint(folder: PartFolder): StoredCheckpoint | undefined {
  try {
    const bytes = readIfThere(folder.checkpoint);
    return bytes && parseRecord(record, bytes.toString(), folder.checkpoint);
  } catch {
    return undefined;
  }
}

/** Puts the states that the part goes on from where its ranks look for them. Throws when one cannot be had. */
export async function stageCheckpoint(
  order: pibatch.LaunchOrder,
  folder: PartFolder,
  blobs: BlobCache,
): Promise<void> {
  const { restored } = order;
  if (!restored) return;
  await mkdir(folder.checkpoints, { recursive: true, mode: 0o700 });
  for (const [index, rank] of orderedRanks(order).entries()) {
    const bytes = await blobs.get(restored.files?.[index]?.sha256 ?? '').catch((cause: unknown) => {
      throw new Error(`could not fetch the checkpoint of rank ${rank}: ${String(cause)}`, {
        cause,
      });
    });
    await writeFile(restoredFile(folder.checkpoints, rank), bytes.subarray(SALT_BYTES), {
      mode: 0o600,
    });
  }
}
