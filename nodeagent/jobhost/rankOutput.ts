import { closeSync, openSync, writeSync } from 'node:fs';

/**
 * What a rank prints, both streams merged, in one file of bounded size. Whatever comes after
 * the cap is counted and dropped: a rank that prints for ever neither fills the disk nor waits.
 */
export const OUTPUT_CAP_BYTES = 10 * 1_024 * 1_024;

export class RankOutput {
  private readonly descriptor: number;
  private readonly capBytes: number;
  private keptBytes = 0;
  truncated = false;

  constructor(path: string, capBytes: number) {
    this.descriptor = openSync(path, 'a', 0o600);
    this.capBytes = capBytes;
  }

  /** Never throws: a full disk must not end the rank, its output is then cut. */
  write(chunk: Uint8Array): void {
    if (this.truncated) return;
    const room = this.capBytes - this.keptBytes;
    if (chunk.length <= room) return this.append(chunk);
    this.append(chunk.subarray(0, room));
    this.truncated = true;
    const megabytes = this.capBytes / (1_024 * 1_024);
    this.append(Buffer.from(`\npibatch: output is cut here, after ${megabytes} MiB\n`));
  }

  close(): void {
    closeSync(this.descriptor);
  }

  private append(chunk: Uint8Array): void {
    try {
      for (let done = 0; done < chunk.length; )
        done += writeSync(this.descriptor, chunk, done, chunk.length - done);
      this.keptBytes += chunk.length;
    } catch {
      this.truncated = true;
    }
  }
}

export const outputName = (rank: number): string => `rank.${rank}`;
