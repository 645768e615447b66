import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { POLICY_NAMES, type Settings } from '../model/cluster.ts';
import { DEFAULT_SETTINGS } from '../model/defaultSettings.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../model/time.ts';

/** cluster.json: limits, intervals, partitions and roles. Everything has a default. */
export type ClusterSettings = {
  readonly machine: Settings;
  /** Roles of users other than plain `user`, by authenticated name. */
  readonly roles: ReadonlyMap<string, 'operator' | 'admin'>;
};

/** cluster.json cannot be used; the message names the key, the value and what is allowed. */
export class SettingsError extends Error {
  constructor(path: string, problem: string) {
    super(`${path}: ${problem}`);
    this.name = 'SettingsError';
  }
}

const duration = (least: number, most: number) => z.int().min(least).max(most);
const count = (most: number) => z.int().min(1).max(most);
const name = z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/, 'use 1-32 of a-z 0-9 _ -');
const DEFAULT = DEFAULT_SETTINGS;

const SHAPE = z.strictObject({
  partitions: z
    .array(z.strictObject({ name, maxTimeMs: duration(SECOND_MS, 365 * DAY_MS) }))
    .min(1)
    .max(64)
    .default(() => DEFAULT.partitions.map((partition) => ({ ...partition }))),
  users: z.record(z.string(), z.enum(['user', 'operator', 'admin'])).default({}),
  heartbeatMs: duration(100, MINUTE_MS).default(DEFAULT.heartbeatMs),
  silentAfterMs: duration(300, HOUR_MS).default(DEFAULT.silentAfterMs),
  downAfterMs: duration(500, DAY_MS).default(DEFAULT.downAfterMs),
  leaseMs: duration(SECOND_MS, 30 * DAY_MS).default(DEFAULT.leaseMs),
  killMarginMs: duration(SECOND_MS, HOUR_MS).default(DEFAULT.killMarginMs),
  launchResendMs: duration(50, MINUTE_MS).default(DEFAULT.launchResendMs),
  launchGiveUpMs: duration(SECOND_MS, HOUR_MS).default(DEFAULT.launchGiveUpMs),
  requeueLimit: z.int().min(0).max(100).default(DEFAULT.requeueLimit),
  maxLiveJobs: count(1_000_000).default(DEFAULT.maxLiveJobs),
  maxArrayTasks: count(100_000).default(DEFAULT.maxArrayTasks),
  maxMissedRuns: count(1_000).default(DEFAULT.maxMissedRuns),
  policy: z.enum(POLICY_NAMES).default(DEFAULT.policy ?? 'fifo'),
  reservations: count(1_000_000).default(500),
});

/** Throws SettingsError for a file that does not parse or holds a value that cannot work. */
export function readSettings(path: string): ClusterSettings {
  return parseSettings(path, existsSync(path) ? parseJson(path) : {});
}

export function parseSettings(path: string, value: unknown): ClusterSettings {
  const parsed = SHAPE.safeParse(value, { reportInput: true });
  if (!parsed.success)
    throw new SettingsError(
      path,
      parsed.error.issues
        .map(({ path: key, message, input }) => {
          const given = input === undefined ? '' : ` (given: ${JSON.stringify(input)})`;
          return `${key.join('.') || 'the file'}: ${message}${given}`;
        })
        .join('; '),
    );
  const { users, ...machine } = parsed.data;
  if (machine.silentAfterMs <= machine.heartbeatMs)
    throw new SettingsError(
      path,
      `silentAfterMs: ${machine.silentAfterMs} must be more than heartbeatMs, ${machine.heartbeatMs}`,
    );
  if (machine.downAfterMs < machine.silentAfterMs)
    throw new SettingsError(
      path,
      `downAfterMs: ${machine.downAfterMs} must not be less than silentAfterMs, ${machine.silentAfterMs}`,
    );
  const roles = new Map<string, 'operator' | 'admin'>();
  for (const [user, role] of Object.entries(users)) if (role !== 'user') roles.set(user, role);
  return { machine, roles };
}

function parseJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new SettingsError(path, `not valid JSON: ${text}`);
  }
}
