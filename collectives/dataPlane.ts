import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { BroadcastChannel } from 'node:worker_threads';
import type { Worker } from 'node:worker_threads';
import { DataPlaneError } from './errors.ts';
import type { EndpointMemory } from './endpoint.ts';
import { layoutOf } from './layout.ts';
import type { Layout } from './layout.ts';
import { createMemory } from './memory.ts';
import type { Memory } from './memory.ts';
import { deliver, markLeft } from './deliver.ts';
import { createPump, endWith, pump } from './pump.ts';
import type { Pump } from './pump.ts';
import { mergeSegments } from './segmentMerge.ts';
import type { Segments } from './segmentMerge.ts';
import { segmentReport } from './segments.ts';
import { FIRST_RANK, descriptorLink, releaseLocks } from './transport/descriptor.ts';
import { openDescriptorLink, takeDescriptor } from './transport/descriptorHost.ts';
import { FrameKind } from './transport/frame.ts';
import { openLink } from './transport/link.ts';
import type { LinkEvents } from './transport/link.ts';
import { openMesh } from './transport/mesh.ts';
import type { Mesh } from './transport/mesh.ts';
import { markLeft as markUsageLeft, readKinds, readUsage, usageCells } from './usage.ts';
import type { DataPlane, DataPlaneOptions, KindUsage } from './wiring.ts';
import type { PartAddress } from './partAddress.ts';

const SILENCE_SECONDS = 10;
const CONNECT_SECONDS = 30;
const RANKS_MAXIMUM = 1024;

/** Opens the data plane of one part. Errors: DataPlaneError. */
export async function openDataPlane(options: DataPlaneOptions): Promise<DataPlane> {
  check(options);
  const layout = layoutOf(options.partOfRank, options.part);
  const state = createPump(memoryFor(options, layout));
  const identity = { ...options, parts: layout.parts };
  const mesh = layout.parts > 1 ? await openMesh(identity, options.listenHost) : undefined;
  const merge = mesh && mergeSegments(state.memory, state.links);
  const name = `pibatch-${randomUUID()}`;
  const channels = layout.localRanks.map((rank) => {
    const channel = new BroadcastChannel(`${name}-${rank}`);
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- its types lack the method
    channel.onmessage = () => pump(state);
    channel.unref();
    return channel;
  });
  const left = new Set<number>();
  const rankLeft = (rank: number, failure: string | undefined): void => {
    if (left.has(localOf(layout, rank, options))) return;
    left.add(localOf(layout, rank, options));
    leave(state, rank, failure);
  };
  return {
    address: mesh?.address,
    connect: (peers) => connect(state, { mesh, merge, peers, options }),
    wiringOf: (rank) => {
      localOf(layout, rank, options);
      const memory: EndpointMemory = {
        wasm: state.memory.wasm,
        part: options.part,
        channel: `${name}-${rank}`,
        timeoutSeconds: options.timeoutSeconds ?? 0,
        cores: availableParallelism(),
      };
      const { partOfRank, weights, attempt } = options;
      return { rank, size: layout.size, partOfRank, weights, attempt, memory };
    },
    attach: (rank, worker) => watch(worker, (failure) => rankLeft(rank, failure)),
    rankLeft,
    abort: (reason) => endWith(state, { kind: 'aborted', reason }),
    rest: (on) => {
      for (const link of state.links.values()) link.rest(on);
    },
    usageOf: (rank) => readUsage(usageCells(state.memory, localOf(layout, rank, options))),
    kinds: () =>
      sumOfKinds(layout.localRanks.map((_, local) => readKinds(usageCells(state.memory, local)))),
    segments: async () => (merge ? merge.report() : segmentReport(state.memory)),
    close: async () => {
      if (left.size < layout.localRanks.length) {
        endWith(state, { kind: 'aborted', reason: 'the job host closed' });
      }
      merge?.stop();
      pump(state);
      state.closing = true;
      await Promise.all([...state.links.values()].map((link) => link.leave()));
      mesh?.close();
      for (const channel of channels) channel.close();
    },
  };
}

/** In the order in which the ranks came to them. */
function sumOfKinds(ranks: readonly (readonly KindUsage[])[]): readonly KindUsage[] {
  const sums = new Map<string, KindUsage>();
  for (const { kind, calls, seconds } of ranks.flat()) {
    const sum = sums.get(kind);
    sums.set(kind, {
      kind,
      calls: calls + (sum?.calls ?? 0),
      seconds: seconds + (sum?.seconds ?? 0),
    });
  }
  return [...sums.values()];
}

function memoryFor(options: DataPlaneOptions, layout: Layout): Memory {
  try {
    return createMemory(layout);
  } catch (cause) {
    throw new DataPlaneError(options, 'no shared memory', cause);
  }
}

function check(options: DataPlaneOptions): void {
  const { partOfRank, part, weights, secret } = options;
  const parts = new Set(partOfRank).size;
  const fail = (reason: string): never => {
    throw new DataPlaneError(options, reason);
  };
  if (partOfRank.length === 0 || partOfRank.length > RANKS_MAXIMUM) {
    fail(`${partOfRank.length} ranks; 1 to ${RANKS_MAXIMUM} are possible`);
  }
  if (partOfRank.some((of) => !Number.isInteger(of) || of < 0 || of >= parts)) {
    fail('partOfRank must use every part from 0 on');
  }
  if (!partOfRank.includes(part)) fail('no rank lives in this part');
  if (weights.length !== partOfRank.length) fail('there must be one weight per rank');
  if (parts > 1 && secret.byteLength < 16) fail('the secret must have at least 16 bytes');
}

function localOf(layout: Layout, rank: number, options: DataPlaneOptions): number {
  const local = layout.localIndex[rank] ?? -1;
  if (local < 0) throw new DataPlaneError(options, `rank ${rank} does not live in this part`);
  return local;
}

async function connect(
  state: Pump,
  by: {
    readonly mesh: Mesh | undefined;
    readonly merge: Segments | undefined;
    readonly peers: readonly PartAddress[];
    readonly options: DataPlaneOptions;
  },
): Promise<void> {
  const { mesh, merge, options } = by;
  if (mesh === undefined) return;
  const peers = by.peers.filter(({ part }) => part !== options.part);
  const { parts } = state.memory.layout;
  if (new Set(peers.map(({ part }) => part)).size !== parts - 1) {
    throw new DataPlaneError(
      options,
      `connect needs the addresses of the ${parts - 1} other parts`,
    );
  }
  const sockets = await mesh.connect(peers, options.connectSeconds ?? CONNECT_SECONDS);
  for (const [part, socket] of sockets) {
    const silenceSeconds = options.silenceSeconds ?? SILENCE_SECONDS;
    const events: LinkEvents = {
      onFrame: (frame) => {
        deliver(state, part, frame);
        if (frame.kind === FrameKind.announce) pump(state);
      },
      onWritable: () => pump(state),
      onEnd: (reason) => partGone(state, part, reason),
    };
    const polled =
      options.receive === 'eventLoop' ? undefined : takeDescriptor(state.memory, socket, part);
    const link = polled
      ? openDescriptorLink(socket, polled, { silenceSeconds, ...events })
      : openLink(socket, { part, silenceSeconds }, events);
    state.links.set(part, link);
  }
  merge?.start();
  pump(state);
}

/** A part's connection ended; its ranks are lost unless all of them had returned. */
function partGone(state: Pump, part: number, reason: string | undefined): void {
  state.links.delete(part);
  if (state.closing) return;
  const { layout, words } = state.memory;
  const rank = layout.partOfRank.findIndex(
    (of, candidate) => of === part && Atomics.load(words, layout.leftWords + candidate) === 0,
  );
  if (rank < 0) return;
  const failure = `its host is gone: ${reason ?? 'it closed'}`;
  endWith(state, { kind: 'lost', rank, part, failure });
}

function leave(state: Pump, rank: number, failure: string | undefined): void {
  const { layout } = state.memory;
  const local = layout.localIndex[rank] ?? 0;
  markUsageLeft(usageCells(state.memory, local));
  for (const part of state.links.keys()) {
    releaseLocks(descriptorLink(state.memory, part), local + FIRST_RANK);
  }
  if (failure !== undefined) {
    endWith(state, { kind: 'lost', rank, part: layout.part, failure });
    return;
  }
  markLeft(state.memory, rank);
  state.leaving.add(rank);
  pump(state);
}

/** The host usually knows better why a thread ended and says so first. */
function watch(worker: Worker, gone: (failure: string | undefined) => void): void {
  worker.once('exit', (code) => {
    setImmediate(() => gone(code === 0 ? undefined : `its thread ended with code ${code}`));
  });
}
