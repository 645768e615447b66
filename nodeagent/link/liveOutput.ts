import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { encodeMessage, pibatch } from '../../proto/codec.ts';
import { outputSubject } from '../../proto/subjects.ts';
import type { PartId } from '../../scheduler/model/ids.ts';
import { partKey } from '../../scheduler/model/ids.ts';
import { outputName } from '../jobhost/rankOutput.ts';
import { codeOf } from '../record/durableFile.ts';
import type { PartFolder } from '../record/partFolder.ts';

/**
 * Publishes captured output as it grows. A hint for whoever follows: above the rate chunks are
 * left out, and the offsets tell the follower what to ask for.
 */
const CHUNK_BYTES = 64 * 1_024;
const RATE_BYTES_PER_S = 256 * 1_024;

type Follow = { offset: number; windowStartMs: number; windowBytes: number };

export class LiveOutput {
  private readonly publish: (subject: string, data: Uint8Array) => void;
  private readonly follows = new Map<string, Follow>();

  constructor(publish: (subject: string, data: Uint8Array) => void) {
    this.publish = publish;
  }

  grown(
    place: { readonly id: PartId; readonly user: string; readonly folder: PartFolder },
    grown: { readonly rank: number; readonly sizeBytes: number; readonly atMs: number },
  ): void {
    const { rank, sizeBytes, atMs } = grown;
    const key = `${partKey(place.id)}.${rank}`;
    const follow = this.follows.get(key) ?? { offset: 0, windowStartMs: atMs, windowBytes: 0 };
    this.follows.set(key, follow);
    if (atMs - follow.windowStartMs >= 1_000)
      Object.assign(follow, { windowStartMs: atMs, windowBytes: 0 });
    while (follow.offset < sizeBytes && follow.windowBytes < RATE_BYTES_PER_S) {
      const limit = Math.min(CHUNK_BYTES, sizeBytes - follow.offset);
      const data = readOutput(place.folder, { rank, offset: follow.offset, limit });
      if (!data || data.length === 0) return;
      this.send(place, { rank, offset: follow.offset, data });
      follow.offset += data.length;
      follow.windowBytes += data.length;
    }
    follow.offset = Math.max(follow.offset, sizeBytes);
  }

  /** Tells followers that no more will come. */
  ended(place: { readonly id: PartId; readonly user: string }, ended: pibatch.Ended): void {
    for (const [i, { rank }] of ended.usage.entries()) {
      const offset = ended.output[i]?.sizeBytes ?? 0;
      this.send(place, { rank: rank ?? 0, offset, end: true });
      this.follows.delete(`${partKey(place.id)}.${rank ?? 0}`);
    }
  }

  private send(
    place: { readonly id: PartId; readonly user: string },
    chunk: { rank: number; offset: number; data?: Uint8Array; end?: boolean },
  ): void {
    const subject = outputSubject(place.user, place.id.job, chunk.rank);
    this.publish(subject, encodeMessage(pibatch.OutputChunk, { job: place.id.job, ...chunk }));
  }
}

/** A piece of a rank's captured output; undefined when there is no such file. */
export function readOutput(
  folder: PartFolder,
  piece: { readonly rank: number; readonly offset: number; readonly limit: number },
): Buffer | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(join(folder.output, outputName(piece.rank)), 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const buffer = Buffer.alloc(piece.limit);
    return buffer.subarray(0, readSync(descriptor, buffer, 0, piece.limit, piece.offset));
  } finally {
    closeSync(descriptor);
  }
}
