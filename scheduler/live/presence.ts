/** Who sent something so long ago is still here. */
const HERE_MS = 2_000;

/** What a turn takes of that which is beyond a user's rate. */
export type Spare = { readonly inputs: number; readonly queries: number };
const ALONE: Spare = { inputs: 64, queries: 4 };
/** So that others wait for short turns only. */
const SHARED: Spare = { inputs: 8, queries: 1 };

/** Whether a user has the scheduler to himself. */
export class Presence {
  readonly #heard = new Map<string, number>();

  heard(user: string, atMs: number): void {
    this.#heard.set(user, atMs);
  }

  spare(nowMs: number): Spare {
    for (const [user, atMs] of this.#heard) if (nowMs - atMs > HERE_MS) this.#heard.delete(user);
    return this.#heard.size > 1 ? SHARED : ALONE;
  }
}
