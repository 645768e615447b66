import { BroadcastChannel } from 'node:worker_threads';
import type { TypedArray, TypedArrayConstructor } from './elementType.ts';
import { CommunicatorArgumentError } from './errors.ts';
import {
  BLOCK_BYTES,
  BLOCK_CLAIMED,
  OUTBOUND_BYTES,
  WORD_WAKE_HOST,
  blockOf,
  outboundRing,
  pairRing,
} from './layout.ts';
import type { Layout } from './layout.ts';
import { createDelivery } from './deliver.ts';
import { allocate, openMemory } from './memory.ts';
import type { Memory } from './memory.ts';
import { openGiveWay } from './giveWay.ts';
import { feed, roomFor, took } from './inbound.ts';
import type { Arrival, PendingReceive } from './inbound.ts';
import type { PendingSend } from './outbound.ts';
import { polledLink } from './polling.ts';
import type { OwnStreams, Polled } from './polling.ts';
import { ringAt } from './ring.ts';
import type { Ring } from './ring.ts';
import { segmentState } from './segments.ts';
import type { SegmentState } from './segments.ts';
import { descriptorLink, isActive } from './transport/descriptor.ts';
import { IO_AREA_BYTES, fsIo, openIo } from './transport/descriptorIo.ts';
import type { DescriptorIo } from './transport/descriptorIo.ts';
import { FRAME_HEADER_BYTES, FRAME_PAYLOAD_MAXIMUM } from './transport/frame.ts';
import { markStarted, usageCells } from './usage.ts';
import type { UsageCells } from './usage.ts';
import { createKernels } from './wasm/kernelCache.ts';
import type { Kernels } from './wasm/kernelCache.ts';

/**
 * A rank's end of the data plane: its rings, what has arrived, what waits to be sent. Everything
 * runs in the rank's thread and only when the rank calls; a call that waits moves all streams.
 */
export type Endpoint = {
  readonly rank: number;
  readonly local: number;
  readonly layout: Layout;
  readonly memory: Memory;
  readonly usage: UsageCells;
  readonly segments: SegmentState;
  /** Microseconds to poll before sleeping; 0 when ranks outnumber cores. */
  readonly spinUs: number;
  /** Longest wait of one call, seconds; 0 = no limit. */
  readonly timeoutSeconds: number;
  /** Ring from each world rank to this one. */
  readonly inbound: readonly Ring[];
  /** Message that is being received from each world rank. */
  readonly partial: (Arrival | undefined)[];
  readonly creditDue: Int32Array;
  readonly unexpected: Arrival[];
  readonly posted: PendingReceive[];
  /** Ring to each world rank of this part (undefined: elsewhere). */
  readonly direct: readonly (Ring | undefined)[];
  readonly outbound: Ring | undefined;
  /** Bytes sent so far to each rank elsewhere, modulo 2^32. */
  readonly streamed: Int32Array;
  readonly sending: PendingSend[];
  /** Collectives that go on while the rank does something else. */
  readonly background: Iterator<void, void>[];
  readonly kernels: Kernels;
  /** Gives this core away for a moment; where ranks outnumber cores or wait for other parts. */
  readonly giveWay: (() => void) | undefined;
  /** Polls of a meeting before it counts as long, and how long one poll takes. */
  readonly polls: number;
  readonly pollSeconds: number;
  /** Buffers of the shared memory that arrays of this thread may lie in (it grows). */
  readonly arenaBuffers: Set<ArrayBufferLike>;
  /** A view of the whole memory that reaches at least to `end` (bytes); made anew after growth. */
  heapView<A extends TypedArray>(constructor: TypedArrayConstructor<A>, end: number): A;
  /** Where this rank puts frames together; 0 when there is but one part. */
  readonly frameScratch: number;
  /** Where segments of other parts arrive (between.ts); 0 until needed. */
  ringScratch: number;
  /** Connections to the other parts that this rank may poll, by part. */
  readonly polled: readonly (Polled | undefined)[];
  wakeHost(): void;
};

export type EndpointMemory = {
  readonly wasm: WebAssembly.Memory;
  readonly part: number;
  readonly channel: string;
  readonly timeoutSeconds: number;
  /** Cores of the host process; a thread that is pinned sees only its own. */
  readonly cores: number;
};

const SPIN_US = 100;
const FRAME_SCRATCH_BYTES = FRAME_HEADER_BYTES + FRAME_PAYLOAD_MAXIMUM;

/** Errors: CommunicatorArgumentError when another thread already is this rank. */
export function openEndpoint(
  rank: number,
  layout: Layout,
  { wasm, channel, timeoutSeconds, cores }: EndpointMemory,
): Endpoint {
  const memory = openMemory(wasm, layout);
  const local = layout.localIndex[rank] ?? -1;
  claim(memory, rank, local);
  const usage = usageCells(memory, local);
  markStarted(usage);
  const between = layout.parts > 1;
  const kernels = createKernels(wasm);
  const spinUs = layout.localRanks.length <= cores ? SPIN_US : 0;
  const pollSeconds = measurePoll(kernels, layout);
  const arenaBuffers = new Set<ArrayBufferLike>([wasm.buffer]);
  const endpoint: Endpoint = {
    rank,
    local,
    layout,
    memory,
    usage,
    segments: segmentState(memory, local),
    spinUs,
    timeoutSeconds,
    inbound: layout.partOfRank.map((_, source) =>
      ringAt(memory, pairRing(layout, local, source), layout.ringBytes),
    ),
    partial: layout.partOfRank.map(() => undefined),
    creditDue: new Int32Array(layout.size),
    unexpected: [],
    posted: [],
    direct: layout.localIndex.map((to) =>
      to < 0 ? undefined : ringAt(memory, pairRing(layout, to, rank), layout.ringBytes),
    ),
    outbound: between ? ringAt(memory, outboundRing(layout, local), OUTBOUND_BYTES) : undefined,
    streamed: new Int32Array(layout.size),
    sending: [],
    background: [],
    kernels,
    giveWay: spinUs === 0 || between ? openGiveWay(wasm) : undefined,
    polls: Math.max(1, Math.round(spinUs / 1e6 / pollSeconds)),
    pollSeconds,
    arenaBuffers,
    heapView: heapViews(wasm, arenaBuffers),
    ringScratch: 0,
    frameScratch: between ? (allocate(memory, FRAME_SCRATCH_BYTES) ?? 0) : 0,
    polled: polledLinks(memory, {
      rank,
      feed: (source, piece) => feed(endpoint, source, piece),
      room: (source) => roomFor(endpoint, source),
      took: (source, bytes) => took(endpoint, source, bytes),
    }),
    wakeHost: hostWaker(memory, channel),
  };
  return endpoint;
}

function heapViews(
  wasm: WebAssembly.Memory,
  arenaBuffers: Set<ArrayBufferLike>,
): Endpoint['heapView'] {
  const views = new Map<unknown, TypedArray>();
  return <A extends TypedArray>(constructor: TypedArrayConstructor<A>, end: number): A => {
    const known = views.get(constructor);
    if (known instanceof constructor && known.byteLength >= end) return known;
    const view = new constructor(wasm.buffer);
    views.set(constructor, view);
    arenaBuffers.add(view.buffer);
    return view;
  };
}

const PROBE_POLLS = 20_000;

/** Seconds per poll of a word that does not change; the first round warms the kernel up. */
function measurePoll(kernels: Kernels, layout: Layout): number {
  const address = layout.blocks + BLOCK_BYTES - 4;
  kernels.wait(address, 1, PROBE_POLLS);
  const before = performance.now();
  kernels.wait(address, 1, PROBE_POLLS);
  return Math.max(1e-10, (performance.now() - before) / 1000 / PROBE_POLLS);
}

/** A rank reads and writes without `fs` where it can. */
function rankIo(memory: Memory, wasm: WebAssembly.Memory, descriptor: number): DescriptorIo {
  const area = allocate(memory, IO_AREA_BYTES);
  return area === undefined ? fsIo(wasm, descriptor) : openIo(wasm, descriptor, area);
}

/** Filled once the host has connected, which is before any rank starts. */
function polledLinks(memory: Memory, own: OwnStreams): (Polled | undefined)[] {
  const { layout } = memory;
  if (layout.parts === 1) return [];
  const delivery = createDelivery(memory);
  return Array.from({ length: layout.parts }, (_, part) => {
    const link =
      part === layout.part
        ? undefined
        : descriptorLink(memory, part, (wasm, descriptor) => rankIo(memory, wasm, descriptor));
    return link && isActive(link) ? polledLink(link, delivery, own) : undefined;
  });
}

function claim(memory: Memory, rank: number, local: number): void {
  const word = (blockOf(memory.layout, local) + BLOCK_CLAIMED) / 4;
  if (local >= 0 && Atomics.compareExchange(memory.words, word, 0, 1) === 0) return;
  throw new CommunicatorArgumentError('connectRank', {
    argument: 'rank',
    value: rank,
    rule: 'a rank belongs to exactly one thread of its part, which connects once',
  });
}

/**
 * The host's main thread runs an event loop, so it is woken by a message; a blocked thread may
 * still post one. The wake word keeps at most one message on its way.
 */
function hostWaker(memory: Memory, name: string): () => void {
  const channel = new BroadcastChannel(name);
  channel.unref();
  return () => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- no window here
    if (Atomics.exchange(memory.words, WORD_WAKE_HOST, 1) === 0) channel.postMessage(0);
  };
}
