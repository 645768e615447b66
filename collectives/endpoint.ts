import { availableParallelism } from 'node:os';
import { BroadcastChannel } from 'node:worker_threads';
import { CommunicatorArgumentError } from './errors.ts';
import {
  BLOCK_CLAIMED,
  OUTBOUND_BYTES,
  WORD_WAKE_HOST,
  blockOf,
  outboundRing,
  pairRing,
} from './layout.ts';
import type { Layout } from './layout.ts';
import { openMemory } from './memory.ts';
import type { Memory } from './memory.ts';
import type { Arrival, PendingReceive } from './inbound.ts';
import type { PendingSend } from './outbound.ts';
import { ringAt } from './ring.ts';
import type { Ring } from './ring.ts';
import { markStarted, usageCells } from './usage.ts';
import type { UsageCells } from './usage.ts';

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
  wakeHost(): void;
};

export type EndpointMemory = {
  readonly wasm: WebAssembly.Memory;
  readonly part: number;
  readonly channel: string;
  readonly timeoutSeconds: number;
};

const SPIN_US = 60;

/** Errors: CommunicatorArgumentError when another thread already is this rank. */
export function openEndpoint(
  rank: number,
  layout: Layout,
  { wasm, channel, timeoutSeconds }: EndpointMemory,
): Endpoint {
  const memory = openMemory(wasm, layout);
  const local = layout.localIndex[rank] ?? -1;
  claim(memory, rank, local);
  const usage = usageCells(memory, local);
  markStarted(usage);
  const between = layout.parts > 1;
  return {
    rank,
    local,
    layout,
    memory,
    usage,
    spinUs: layout.localRanks.length <= availableParallelism() ? SPIN_US : 0,
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
    wakeHost: hostWaker(memory, channel),
  };
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
