import { CommunicatorArgumentError } from './errors.ts';
import type { Endpoint } from './endpoint.ts';
import { pullAll } from './inbound.ts';
import { BLOCK_DOORBELL, BLOCK_SLEEPING, WORD_SLEEPERS, blockOf } from './layout.ts';
import { pushAll } from './outbound.ts';
import { pollLinks } from './polling.ts';
import { errorOf, isPoisoned, poison, readPoison } from './poison.ts';
import type { Poison } from './poison.ts';
import { addBlocked } from './usage.ts';

/**
 * How a rank waits: it moves every stream, polls for a short time, then sleeps on its doorbell
 * in bounded steps, each of which looks at the poison word and at the ranks it needs.
 */

/** What is waited for: `ready` is polled; `needs` lists world ranks without whom it cannot come. */
export type Wait = {
  ready(): boolean;
  readonly needs: Iterable<number>;
  /** `one`: a single lost rank ends the wait; `all`: only when everybody has left (for a receive from whomever). */
  readonly lostWhen: 'one' | 'all';
  readonly what: string;
  /** Whether this rank has done its part of what we wait for (then it may have left). */
  satisfied?(rank: number): boolean;
  /** Called when the wait becomes long: tells the other parts which call this rank is in. */
  announce?(): void;
};

/** A wire answers later than memory, and a nap costs more than a wake-up: poll it longer. */
const REMOTE_SPINS = 5;
const SLEEP_MS = 200;
const LONG_WAIT_MS = 50;

export function waitFor(endpoint: Endpoint, wait: Wait): void {
  checkPoison(endpoint, wait.what);
  const remote = needsLinks(endpoint, wait);
  move(endpoint, remote);
  if (wait.ready()) return;
  const started = performance.now();
  let moved = started;
  const spinMs = (endpoint.spinUs / 1000) * (remote ? REMOTE_SPINS : 1);
  let announced = wait.announce === undefined;
  try {
    for (;;) {
      const bell = doorbell(endpoint);
      const seen = Atomics.load(endpoint.memory.words, bell);
      const lost = lostRank(endpoint, wait);
      const progress = move(endpoint, remote || endpoint.sending.length > 0);
      if (wait.ready()) return;
      checkPoison(endpoint, wait.what);
      if (lost !== undefined) raise(endpoint, lost, wait.what);
      const now = performance.now();
      if (progress) moved = now;
      if (now < moved + spinMs) {
        // On a busy node the one we wait for may want this core.
        if (!progress) endpoint.giveWay?.();
        continue;
      }
      if (!announced && now - started > LONG_WAIT_MS) {
        announced = true;
        wait.announce?.();
      }
      checkTimeout(endpoint, wait.what, (now - started) / 1000);
      const longest = announced ? SLEEP_MS : LONG_WAIT_MS;
      const milliseconds = remote ? napMs(now - moved) : longest;
      sleep(endpoint, bell, { seen, milliseconds, ready: () => wait.ready() });
    }
  } finally {
    addBlocked(endpoint.usage, (performance.now() - started) / 1000);
  }
}

/** Raises the reason if the attempt's collectives are over. */
export function checkPoison(endpoint: Endpoint, collective: string): void {
  if (!isPoisoned(endpoint.memory)) return;
  const reason = readPoison(endpoint.memory);
  if (reason !== undefined) throw errorOf(reason, collective);
}

/** Ends the attempt's collectives for this reason (or an earlier one) and raises it here. */
export function raise(endpoint: Endpoint, reason: Poison, collective: string): never {
  poison(endpoint.memory, reason);
  endpoint.wakeHost();
  throw errorOf(readPoison(endpoint.memory) ?? reason, collective);
}

export function argumentError(
  collective: string,
  argument: string,
  fault: { readonly value: unknown; readonly rule: string },
): CommunicatorArgumentError {
  return new CommunicatorArgumentError(collective, { argument, ...fault });
}

/** Whether what we wait for can only come over a connection that this rank polls itself. */
function needsLinks(endpoint: Endpoint, wait: Wait): boolean {
  if (endpoint.polled.length === 0) return false;
  if (endpoint.sending.length > 0 || endpoint.background.length > 0) return true;
  for (const rank of wait.needs) {
    if (endpoint.layout.partOfRank[rank] !== endpoint.layout.part) return true;
  }
  return false;
}

const NAP_SHORTEST_MS = 0.05;
const NAP_LONGEST_MS = 1;

/** Naps between polls grow with the wait, so that a long one costs next to nothing. */
const napMs = (waitedMs: number): number =>
  Math.min(NAP_LONGEST_MS, NAP_SHORTEST_MS + waitedMs / 16);

function move(endpoint: Endpoint, remote: boolean): boolean {
  const polled = remote && pollLinks(endpoint);
  const pulled = pullAll(endpoint);
  const pushed = endpoint.sending.length > 0 && pushAll(endpoint);
  if (endpoint.background.length > 0) advanceBackground(endpoint);
  return polled || pulled || pushed;
}

/** A step may itself wait for nothing, so this never nests. */
function advanceBackground({ background }: Endpoint): void {
  for (const steps of background.slice()) {
    if (steps.next().done === true) background.splice(background.indexOf(steps), 1);
  }
}

const doorbell = (endpoint: Endpoint): number =>
  (blockOf(endpoint.layout, endpoint.local) + BLOCK_DOORBELL) / 4;

/**
 * Says that it sleeps, looks once more, sleeps. Whoever makes a wait end either changes the bell,
 * or changes a meeting line and then looks for sleepers; so no wake-up is lost.
 */
function sleep(
  endpoint: Endpoint,
  bell: number,
  by: { readonly seen: number; readonly milliseconds: number; ready(): boolean },
): void {
  const { words } = endpoint.memory;
  const sleeping = (blockOf(endpoint.layout, endpoint.local) + BLOCK_SLEEPING) / 4;
  Atomics.add(words, WORD_SLEEPERS, 1);
  Atomics.store(words, sleeping, 1);
  if (!by.ready()) Atomics.wait(words, bell, by.seen, by.milliseconds);
  Atomics.store(words, sleeping, 0);
  Atomics.sub(words, WORD_SLEEPERS, 1);
}

function lostRank(endpoint: Endpoint, wait: Wait): Poison | undefined {
  const { layout, memory } = endpoint;
  let lost: Poison | undefined;
  for (const rank of wait.needs) {
    const left =
      rank !== endpoint.rank && Atomics.load(memory.words, layout.leftWords + rank) !== 0;
    if (left && !wait.satisfied?.(rank)) {
      const part = layout.partOfRank[rank] ?? -1;
      lost = { kind: 'lost', rank, part, failure: 'it returned before this call' };
      if (wait.lostWhen === 'one') return lost;
    } else if (wait.lostWhen === 'all' && rank !== endpoint.rank) return undefined;
  }
  return lost;
}

function checkTimeout(endpoint: Endpoint, what: string, waited: number): void {
  const seconds = endpoint.timeoutSeconds;
  if (seconds <= 0 || waited < seconds) return;
  raise(endpoint, { kind: 'timeout', rank: endpoint.rank, collective: what, seconds }, what);
}
