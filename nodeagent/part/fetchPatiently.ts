import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '../../proto/bus.ts';
import { BlobMissingError } from '../../proto/busError.ts';

const PAUSES_MS = [500, 2_000, 5_000];

/** A blob that nobody has stored is missing at once; other troubles of the store may pass. */
export async function fetchPatiently(bus: Bus, sha256: string): Promise<Uint8Array> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await bus.getBlob(sha256);
    } catch (error) {
      if (error instanceof BlobMissingError) throw error;
      await sleep(pauseMs, undefined, { ref: false });
    }
  }
  return bus.getBlob(sha256);
}
