import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Kernels and input files by sha256, kept on this node so that the next task of an array does
 * not fetch them again. Bounded: the least recently used go first. Verified whenever read.
 */
export class BlobCache {
  private readonly folder: string;
  private readonly fetch: (sha256: string) => Promise<Uint8Array>;
  private readonly limitBytes: number;
  private readonly underWay = new Map<string, Promise<Uint8Array>>();

  constructor(options: {
    readonly folder: string;
    readonly limitBytes: number;
    /** Gets verified bytes from the object store, or throws. */
    readonly fetch: (sha256: string) => Promise<Uint8Array>;
  }) {
    this.folder = options.folder;
    this.fetch = options.fetch;
    this.limitBytes = options.limitBytes;
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
  }

  /** Throws what `fetch` throws. Asked twice at once it is fetched once. */
  get(sha256: string): Promise<Uint8Array> {
    const running = this.underWay.get(sha256);
    if (running) return running;
    const started = this.load(sha256).finally(() => this.underWay.delete(sha256));
    this.underWay.set(sha256, started);
    return started;
  }

  private async load(sha256: string): Promise<Uint8Array> {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new RangeError(`'${sha256}' is not a sha256`);
    const path = join(this.folder, sha256);
    const cached = await readFile(path).catch(() => undefined);
    if (cached && hashOf(cached) === sha256) {
      const now = new Date();
      await utimes(path, now, now).catch(() => undefined);
      return cached;
    }
    const bytes = await this.fetch(sha256);
    await this.keep(path, bytes).catch(() => undefined);
    return bytes;
  }

  /** A cache that cannot be written is only slow. */
  private async keep(path: string, bytes: Uint8Array): Promise<void> {
    await this.makeRoom(bytes.length);
    await writeFile(`${path}.tmp`, bytes, { mode: 0o600 });
    await rename(`${path}.tmp`, path);
  }

  private async makeRoom(neededBytes: number): Promise<void> {
    const names = await readdir(this.folder);
    const files = await Promise.all(
      names.map(async (name) => ({ name, ...(await sizeAndUse(join(this.folder, name))) })),
    );
    files.sort((a, b) => a.usedMs - b.usedMs);
    let total = files.reduce((sum, { bytes }) => sum + bytes, neededBytes);
    for (const { name, bytes } of files) {
      if (total <= this.limitBytes) return;
      await rm(join(this.folder, name), { force: true });
      total -= bytes;
    }
  }
}

async function sizeAndUse(path: string): Promise<{ bytes: number; usedMs: number }> {
  const found = await stat(path).catch(() => undefined);
  return { bytes: found?.size ?? 0, usedMs: found?.mtimeMs ?? 0 };
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
