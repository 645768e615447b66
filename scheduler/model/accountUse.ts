import type { UserName } from './ids.ts';
import type { TimeMs } from './time.ts';

/** What a user's finished attempts took of the cluster in an account, as it counted at `atMs`. */
export type AccountUse = {
  readonly account: string;
  readonly user: UserName;
  /** Cores x time x the QoS's factor, forgotten with the half-life of fair-share; whole. */
  readonly coreMs: number;
  readonly atMs: TimeMs;
};

export const accountUseKey = ({ account, user }: Pick<AccountUse, 'account' | 'user'>): string =>
  `${account}\n${user}`;
