/**
 * The bounded queue of what waits for the loop. Reports and completions go before cancels,
 * cancels before submits, submits before questions; the spare lanes hold what is beyond a user's
 * rate. Within a lane the senders take turns, so that whoever floods the scheduler waits behind
 * himself, not in front of everybody.
 */
export const LANES = ['report', 'cancel', 'submit', 'query', 'spare', 'spareQuery'] as const;
export type Lane = (typeof LANES)[number];

/** Most that may wait, of all senders and of one; senders repeat what is dropped. */
const CAPACITY: Readonly<Record<Lane, { readonly all: number; readonly each: number }>> = {
  report: { all: 4_096, each: 64 },
  cancel: { all: 8_192, each: 1_024 },
  submit: { all: 8_192, each: 1_024 },
  query: { all: 2_048, each: 128 },
  spare: { all: 8_192, each: 1_024 },
  spareQuery: { all: 2_048, each: 128 },
};

export type Waiting<T> = { readonly sender: string; readonly item: T };
/** Senders in the order of their turns; none without an item. */
type Queue<T> = { readonly turns: Map<string, T[]>; length: number };

export class Lanes<T> {
  readonly #queues: Readonly<Record<Lane, Queue<T>>> = {
    report: { turns: new Map(), length: 0 },
    cancel: { turns: new Map(), length: 0 },
    submit: { turns: new Map(), length: 0 },
    query: { turns: new Map(), length: 0 },
    spare: { turns: new Map(), length: 0 },
    spareQuery: { turns: new Map(), length: 0 },
  };

  /** Whether `put` would drop it: ask before taking trouble over a message. */
  isFull(lane: Lane, sender: string): boolean {
    const { all, each } = CAPACITY[lane];
    const { turns, length } = this.#queues[lane];
    return length >= all || (turns.get(sender)?.length ?? 0) >= each;
  }

  /** False when there is no room: nothing was kept. */
  put(lane: Lane, { sender, item }: Waiting<T>): boolean {
    if (this.isFull(lane, sender)) return false;
    const queue = this.#queues[lane];
    const own = queue.turns.get(sender);
    if (own) own.push(item);
    else queue.turns.set(sender, [item]);
    queue.length += 1;
    return true;
  }

  /** Up to `limit` items, most urgent lane first. */
  take(lanes: readonly Lane[], limit: number): Waiting<T>[] {
    const taken: Waiting<T>[] = [];
    for (const lane of lanes) {
      const queue = this.#queues[lane];
      while (taken.length < limit && queue.length > 0) taken.push(...takeOne(queue));
    }
    return taken;
  }

  /** Back to the head of its sender's queue. */
  putBack(lane: Lane, { sender, item }: Waiting<T>): void {
    const queue = this.#queues[lane];
    queue.turns.set(sender, [item, ...(queue.turns.get(sender) ?? [])]);
    queue.length += 1;
  }

  get length(): number {
    return LANES.reduce((sum, lane) => sum + this.#queues[lane].length, 0);
  }
}

/** The next sender's first item; the sender goes to the end of the turns. */
function takeOne<T>(queue: Queue<T>): Waiting<T>[] {
  for (const [sender, items] of queue.turns) {
    queue.turns.delete(sender);
    const first = items.splice(0, 1);
    if (items.length > 0) queue.turns.set(sender, items);
    queue.length -= first.length;
    return first.map((item) => ({ sender, item }));
  }
  return [];
}
