import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { pibatch } from '../../proto/codec.ts';
import type { PartId } from '../../scheduler/model/ids.ts';
import { partKey } from '../../scheduler/model/ids.ts';
import type { GroupBase } from '../process/memoryGroup.ts';
import { killLeftovers } from '../process/leftovers.ts';
import type { PartExit } from '../record/partExit.ts';
import { writeDurably } from '../record/durableFile.ts';
import type { BlobCache } from './blobCache.ts';
import { stageCheckpoint } from './checkpointKeeper.ts';
import { collectEnd } from './collectEnd.ts';
import { holderLives, startHost } from './hostProcess.ts';
import { orderedRanks } from './orderedRanks.ts';
import type { PartStore } from './partStore.ts';
import { planOf } from './planOf.ts';
import { stageFiles } from './staging.ts';

/**
 * Takes a part from its accepted order to its complete end: staging, job host, what became of
 * it, delivery of its outputs. Every step can be repeated after a crash, from what is on disk.
 */
export type PartKeeperOptions = {
  readonly node: string;
  readonly listenHost: string;
  readonly sysroot: string;
  readonly hostProgram: string;
  readonly groupBase: GroupBase | undefined;
  readonly store: PartStore;
  readonly blobs: BlobCache;
  readonly putBlob: (bytes: Uint8Array) => Promise<string>;
  readonly isLinked: () => boolean;
  readonly leaseUntilMs: () => number;
  /** Neither ended nor forgotten: the keeper touches no other part. */
  readonly isOpen: (id: PartId) => boolean;
  /** No state of its ranks is on its way to the object store any more. */
  checkpointSettled(id: PartId): Promise<void>;
  readonly isConnected: (id: PartId) => boolean;
  /** The part's end record is complete. */
  readonly onEnded: (id: PartId) => void;
  readonly warn: (message: string) => void;
};

/** How often a host that is out of sight is looked for. */
const LOOK_AGAIN_MS = 1_000;
const FINISH_AGAIN_MS = 10_000;
const DELIVERY_PAUSES_MS = [500, 2_000, 5_000, 15_000];
const LOG_TAIL = 400;

export class PartKeeper {
  private readonly options: PartKeeperOptions;
  private readonly finishing = new Set<string>();
  /** One host is started after another: spawning without a pause starves the event loop. */
  private startQueue: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(options: PartKeeperOptions) {
    this.options = options;
  }

  start(id: PartId): void {
    void this.stage(id).then(
      () => {
        this.startQueue = this.startQueue.then(() => this.launch(id));
      },
      (error: unknown) => this.neverStart(id, messageOf(error)),
    );
  }

  /** Claims the part unless a job host has; then it has ended without having run. */
  neverStart(id: PartId, why: string): boolean {
    if (!this.options.store.neverStart(id, why)) return false;
    void this.finish(id);
    return true;
  }

  /**
   * Finds out what became of a part whose host is not on the line, now and again until it is
   * known: it still runs, it left its exit record, it died, or it never started.
   */
  look(id: PartId): void {
    const { store, isOpen, isConnected } = this.options;
    if (this.closed || !isOpen(id) || isConnected(id)) return;
    const claim = store.claim(id);
    if (store.exit(id)) void this.finish(id);
    else if (claim && !holderLives(claim)) void this.hostDied(id);
    else setTimeout(() => this.look(id), LOOK_AGAIN_MS).unref();
  }

  /** The exit record is on disk. Safe to repeat. */
  async finish(id: PartId): Promise<void> {
    const key = partKey(id);
    if (this.finishing.has(key) || !this.options.isOpen(id)) return;
    this.finishing.add(key);
    try {
      await this.collect(id);
      await this.options.checkpointSettled(id);
    } catch (error) {
      this.options.warn(`the end of part ${key}: ${String(error)}; trying again`);
      setTimeout(() => void this.finish(id), FINISH_AGAIN_MS).unref();
      return;
    } finally {
      this.finishing.delete(key);
    }
    if (!this.closed) this.options.onEnded(id);
  }

  private async collect(id: PartId): Promise<void> {
    const { store } = this.options;
    const exit = store.exit(id);
    if (!exit || store.ended(id)) return;
    const patterns = store.order(id)?.spec?.outputs ?? [];
    const folder = store.folder(id);
    const deliver = (bytes: Uint8Array): Promise<string> => this.deliver(bytes);
    store.writeEnded(id, await collectEnd({ folder, exit, patterns, deliver }));
  }

  close(): void {
    this.closed = true;
  }

  private async stage(id: PartId): Promise<void> {
    const { store, blobs, node, listenHost } = this.options;
    const order = store.order(id);
    if (!order?.spec) throw new Error('its launch order cannot be read');
    const folder = store.folder(id);
    writeDurably(folder.plan, JSON.stringify(planOf(order, { node, listenHost })));
    await stageFiles(order.spec, folder, blobs);
    await stageCheckpoint(order, folder, blobs);
  }

  private async launch(id: PartId): Promise<void> {
    const { store, hostProgram, sysroot, leaseUntilMs, groupBase } = this.options;
    if (this.closed || store.hasClaim(id)) return;
    startHost({
      program: hostProgram,
      folder: store.folder(id),
      sysroot,
      groupBase,
      leaseUntilMs: leaseUntilMs(),
      onLeft: () => this.hostLeft(id),
    });
    await new Promise((done) => setImmediate(done));
  }

  /** A host that we started is gone. */
  private hostLeft(id: PartId): void {
    if (this.closed || !this.options.isOpen(id)) return;
    if (this.options.store.exit(id)) void this.finish(id);
    else if (!this.neverStart(id, `its job host did not start: ${this.lastWords(id)}`))
      void this.hostDied(id);
  }

  /** The claim stands, nobody holds it, and there is no record: the host was killed. */
  private async hostDied(id: PartId): Promise<void> {
    const { store, node, warn, isOpen } = this.options;
    const stuck = await killLeftovers(store.folder(id).root);
    if (stuck > 0) warn(`part ${partKey(id)}: ${stuck} processes cannot be killed`);
    if (!isOpen(id)) return;
    if (!store.exit(id)) store.writeExit(id, diedRecord(store.order(id), node, this.lastWords(id)));
    await this.finish(id);
  }

  private lastWords(id: PartId): string {
    try {
      const log = readFileSync(this.options.store.folder(id).hostLog, 'utf8').trim();
      return log.replaceAll('\0', '').slice(-LOG_TAIL) || 'it left no message';
    } catch {
      return 'it left no message';
    }
  }

  /**
   * Bounded: a part must not stay open because the object store is broken. While the broker is
   * away nothing could be reported either, so that time does not count.
   */
  private async deliver(bytes: Uint8Array): Promise<string> {
    for (const pauseMs of DELIVERY_PAUSES_MS) {
      while (!this.options.isLinked() && !this.closed)
        await sleep(LOOK_AGAIN_MS, undefined, { ref: false });
      try {
        return await this.options.putBlob(bytes);
      } catch (error) {
        this.options.warn(
          `could not deliver ${bytes.length} bytes: ${String(error)}; trying again`,
        );
        await sleep(pauseMs, undefined, { ref: false });
      }
    }
    return this.options.putBlob(bytes);
  }
}

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, 2_000).replaceAll('\0', '');

/** What is known of a part whose host was killed: that, and what its files say. */
function diedRecord(
  order: pibatch.LaunchOrder | undefined,
  node: string,
  lastWords: string,
): PartExit {
  const ranks = orderedRanks(order);
  const exit = { code: 0, signal: 9 };
  const message = `the job host on ${node} was killed before it could record an end (${lastWords})`;
  const nothing = {
    cpuMs: 0,
    peakMemoryBytes: undefined,
    usefulMs: undefined,
    blockedMs: undefined,
  };
  return {
    endedMs: Date.now(),
    elapsedMs: 0,
    suspendedMs: undefined,
    outcome: { kind: 'lost', why: message },
    usage: ranks.map((rank) => ({
      rank,
      ...nothing,
      collectiveCalls: 0,
      bytesSent: 0,
      bytesReceived: 0,
      exit,
    })),
    truncatedRanks: [],
    result: false,
    peakMemoryBytes: undefined,
    throttled: false,
    throttledMs: undefined,
    energy: undefined,
    collectives: undefined,
    segments: undefined,
  };
}
