import type Database from 'better-sqlite3';
import type { Bus } from '../../proto/bus.ts';
import { BlobCorruptError } from '../../proto/busError.ts';
import type { ClusterView } from '../model/cluster.ts';
import { namedFiles } from './named.ts';

/**
 * Files in the store that no job, schedule or checkpoint names any more are removed. A client that finds a
 * file there does not send it again, so it might be removed between its look and its submit: files
 * that were named lately stay, and a submit that names one that was removed lately is checked first and,
 * if the file is gone, refused; the client then sends it anew.
 */
export type FileKeeperParts = {
  readonly cluster: ClusterView;
  readonly database: Database.Database;
  readonly bus: Pick<Bus, 'listBlobs' | 'describeBlob' | 'getBlob' | 'removeBlobs'>;
  readonly nowMs: () => number;
};

export type Collected = {
  readonly files: number;
  readonly fileBytes: number;
  readonly more: boolean;
};

/** Removed, or looked at, before others get a word. */
const BATCH = 64;
/** Longest time between a client's look and its submit, as it is believed in; and until it is a job. */
const LATELY_MS = 3_600_000;

export class FileKeeper {
  readonly #parts: FileKeeperParts;
  readonly #stored;
  readonly #removed = new Map<string, number>();
  readonly #submitted = new Map<string, number>();
  #collecting: Promise<unknown> = Promise.resolve();

  constructor(parts: FileKeeperParts) {
    this.#parts = parts;
    this.#stored = parts.database
      .prepare<[string], number>('SELECT 1 FROM stored_bytes WHERE sha256 = ? LIMIT 1')
      .pluck();
  }

  /** A submit names these: they stay for now. */
  submitted(sha256s: readonly string[]): void {
    for (const sha256 of sha256s) remember(this.#submitted, sha256, this.#parts.nowMs());
  }

  /** Those that a submit may not rely on before it was checked. */
  doubtful(sha256s: readonly string[]): readonly string[] {
    forget(this.#removed, this.#parts.nowMs());
    return sha256s.filter((sha256) => this.#removed.has(sha256));
  }

  /** Which of them are not there whole. Throws BlobStoreError, BusTimeoutError. */
  async missing(sha256s: readonly string[]): Promise<readonly string[]> {
    await this.#collecting.catch(() => undefined);
    const gone: string[] = [];
    for (const sha256 of sha256s) if (!(await this.#isWhole(sha256))) gone.push(sha256);
    return gone;
  }

  /** Up to `most` files that were stored before, or the count of all; one call after another. Throws BlobStoreError, BusTimeoutError. */
  collect(wish: {
    readonly beforeMs: number;
    readonly most: number;
    readonly dryRun: boolean;
  }): Promise<Collected> {
    const turn = this.#collecting.then(
      () => this.#collect(wish),
      () => this.#collect(wish),
    );
    this.#collecting = turn;
    return turn;
  }

  async #collect(wish: Parameters<FileKeeper['collect']>[0]): Promise<Collected> {
    const { bus } = this.#parts;
    const listed = this.#unnamed(await bus.listBlobs());
    let [files, fileBytes] = [0, 0];
    for (let at = 0; at < listed.length; at += BATCH) {
      if (files >= wish.most && !wish.dryRun) return { files, fileBytes, more: true };
      const described = await Promise.all(
        listed.slice(at, at + BATCH).map(async (sha256) => {
          const found = await bus.describeBlob(sha256).catch(damaged);
          return { sha256, ...(found ?? { sizeBytes: 0, storedMs: this.#parts.nowMs() }) };
        }),
      );
      const old = described.filter(({ storedMs }) => storedMs < wish.beforeMs);
      // From here to the mark nothing else runs: what is named by now stays.
      const going = new Set(this.#unnamed(old.map(({ sha256 }) => sha256)));
      const gone = old.filter(({ sha256 }) => going.has(sha256));
      files += gone.length;
      fileBytes += gone.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      if (wish.dryRun) continue;
      for (const sha256 of going) remember(this.#removed, sha256, this.#parts.nowMs());
      await bus.removeBlobs([...going]);
    }
    return { files, fileBytes, more: false };
  }

  #unnamed(sha256s: readonly string[]): readonly string[] {
    const named = namedFiles(this.#parts.cluster);
    forget(this.#submitted, this.#parts.nowMs());
    return sha256s.filter(
      (sha256) =>
        !named.has(sha256) &&
        !this.#submitted.has(sha256) &&
        this.#stored.get(sha256) === undefined,
    );
  }

  /** Half a file is removed, so that it can be stored anew. */
  async #isWhole(sha256: string): Promise<boolean> {
    const { bus } = this.#parts;
    if (!(await bus.describeBlob(sha256).catch(damaged))) return false;
    try {
      await bus.getBlob(sha256);
      this.#removed.delete(sha256);
      return true;
    } catch (error) {
      if (!(error instanceof BlobCorruptError)) throw error;
      await bus.removeBlobs([sha256]);
      return false;
    }
  }
}

/** A damaged index is as good as old. */
function damaged(error: unknown): { readonly sizeBytes: number; readonly storedMs: number } {
  if (error instanceof BlobCorruptError) return { sizeBytes: 0, storedMs: 0 };
  throw error;
}

function remember(times: Map<string, number>, sha256: string, nowMs: number): void {
  times.delete(sha256);
  times.set(sha256, nowMs);
}

/** They are in the order of their times. */
function forget(times: Map<string, number>, nowMs: number): void {
  for (const [sha256, atMs] of times) {
    if (atMs > nowMs - LATELY_MS) return;
    times.delete(sha256);
  }
}
