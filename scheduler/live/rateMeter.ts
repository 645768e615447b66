/** What each user may always ask for: `perSecond` requests a second, `burst` at once. */
export type Rate = { readonly perSecond: number; readonly burst: number };

type Bucket = { tokens: number; atMs: number };

/** Users come from the broker's list of keys; beyond this many the longest silent are forgotten. */
const MOST_USERS = 10_000;

/**
 * Token buckets, one for each user. A cost above the burst is charged in full: the debt, at most
 * another burst, is paid off before anything else is within the rate.
 */
export class RateMeter {
  readonly #buckets = new Map<string, Bucket>();

  /** Whether a request of this cost is within the user's rate; only then it is charged. */
  charge(user: string, cost: number, now: { readonly rate: Rate; readonly atMs: number }): boolean {
    const bucket = this.#bucket(user, now);
    if (bucket.tokens < Math.min(cost, now.rate.burst)) return false;
    bucket.tokens = Math.max(-now.rate.burst, bucket.tokens - cost);
    return true;
  }

  /** Adds to the cost of a request that was within the rate, when it is known better. */
  add(user: string, cost: number, now: { readonly rate: Rate; readonly atMs: number }): void {
    const bucket = this.#bucket(user, now);
    bucket.tokens = Math.max(-now.rate.burst, bucket.tokens - cost);
  }

  /** Milliseconds until a request of this cost is within the rate. */
  waitMs(user: string, cost: number, now: { readonly rate: Rate; readonly atMs: number }): number {
    const lacking = Math.min(cost, now.rate.burst) - this.#bucket(user, now).tokens;
    return Math.max(0, Math.ceil((lacking / now.rate.perSecond) * 1_000));
  }

  #bucket(user: string, { rate, atMs }: { readonly rate: Rate; readonly atMs: number }): Bucket {
    const known = this.#buckets.get(user) ?? { tokens: rate.burst, atMs };
    const gained = ((atMs - known.atMs) / 1_000) * rate.perSecond;
    const bucket = { tokens: Math.min(rate.burst, known.tokens + gained), atMs };
    // The order of the map is that of the last request.
    this.#buckets.delete(user);
    this.#buckets.set(user, bucket);
    if (this.#buckets.size > MOST_USERS)
      for (const longest of this.#buckets.keys()) {
        this.#buckets.delete(longest);
        break;
      }
    return bucket;
  }
}
