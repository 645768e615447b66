/**
 * One connection to the broker, kept for ever. Contract: dials again after every loss, whatever the
 * reason (nats' own reconnecting gives up on repeated authorization errors and leaks memory at each
 * failed dial, so each try here is a fresh client); what the server complains about is told.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Authenticator,
  connect,
  ErrorCode,
  Events,
  NatsError,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
  type NatsConnection,
} from 'nats';
import { BrokerRefusedError, BrokerUnreachableError } from './busError.ts';

/** What went wrong without ending anything; for logs and counters. */
export type BusTrouble = {
  readonly kind:
    | 'unreachable'
    | 'refused'
    | 'disconnected'
    | 'forbidden'
    | 'slowConsumer'
    | 'brokerError'
    | 'forgedReply'
    | 'badMessage';
  readonly detail: string;
};

export type LinkOptions = {
  readonly servers: readonly string[];
  readonly seed: string;
  readonly name: string;
  readonly inboxPrefix: string;
  readonly onTrouble: (trouble: BusTrouble) => void;
  /** Called with each new connection before anybody else uses it. */
  readonly onUp: (connection: NatsConnection) => void;
  readonly onDown: () => void;
};

const PING_INTERVAL_MS = 5000;
const DIAL_TIMEOUT_MS = 5000;
/** A broker that is there but slow, as on a board under load, is waited for. */
const SLOW_BROKER_MS = 30_000;
/** All lose a broker at one moment, and must not all dial at the next. */
const SCATTER_MS = 100;
const SHORTEST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;
const LONGEST_REFUSED_PAUSE_MS = 10_000;

export class Link {
  private readonly options: LinkOptions;
  private readonly closing = new AbortController();
  private readonly waiters = new Set<(connection: NatsConnection | undefined) => void>();
  private connection: NatsConnection | undefined;
  private finished: Promise<void> = Promise.resolve();

  constructor(options: LinkOptions) {
    this.options = options;
  }

  get closed(): boolean {
    return this.closing.signal.aborted;
  }

  get current(): NatsConnection | undefined {
    return this.connection?.isClosed() ? undefined : this.connection;
  }

  /**
   * Dials until the broker says yes or no; throws BrokerUnreachableError or BrokerRefusedError.
   * Then keeps the link.
   */
  async open(): Promise<void> {
    const startedMs = performance.now();
    for (;;) {
      try {
        this.finished = this.keep(await this.dial());
        return;
      } catch (error) {
        if (!isSlow(error) || performance.now() - startedMs > SLOW_BROKER_MS) throw error;
        await sleep(LONGEST_PAUSE_MS / 10);
      }
    }
  }

  /** Dials in the background until it succeeds. */
  openEventually(): void {
    this.finished = this.keep(undefined);
  }

  /** The connection, as soon as there is one; undefined after `waitMs` or at close. */
  async connected(waitMs: number): Promise<NatsConnection | undefined> {
    const now = this.current;
    if (now || this.closed) return now;
    return new Promise((resolve) => {
      const settle = (connection: NatsConnection | undefined): void => {
        clearTimeout(timer);
        this.waiters.delete(settle);
        resolve(connection);
      };
      const timer = setTimeout(() => settle(undefined), waitMs);
      this.waiters.add(settle);
    });
  }

  /** Sends what is queued, then ends. */
  async close(): Promise<void> {
    this.closing.abort();
    this.settleWaiters(undefined);
    await this.current?.drain().catch(() => undefined);
    await this.finished;
  }

  private async keep(first: NatsConnection | undefined): Promise<void> {
    let connection = first;
    let failures = 0;
    while (!this.closed) {
      if (connection) {
        failures = 0;
        await this.live(connection);
        connection = undefined;
        await this.wait(Math.random() * SCATTER_MS);
      } else {
        try {
          connection = await this.dial();
          if (this.closed) await connection.close();
        } catch (error) {
          failures += 1;
          await this.pause(failures, error);
        }
      }
    }
  }

  private async live(connection: NatsConnection): Promise<void> {
    this.connection = connection;
    void this.watch(connection);
    this.options.onUp(connection);
    this.settleWaiters(connection);
    const why = await connection.closed();
    this.connection = undefined;
    this.options.onDown();
    if (this.closed) return;
    const detail = why instanceof Error ? why.message : 'the broker went away';
    const kind = /slow consumer/i.test(detail) ? 'slowConsumer' : 'disconnected';
    this.options.onTrouble({ kind, detail });
  }

  private async pause(failures: number, error: unknown): Promise<void> {
    const refused = error instanceof BrokerRefusedError;
    // The first failure and then every 100th: an absence of hours is not a full disk.
    if (failures % 100 === 1 && !this.closed)
      this.options.onTrouble({
        kind: refused ? 'refused' : 'unreachable',
        detail: error instanceof Error ? error.message : String(error),
      });
    const longest = refused ? LONGEST_REFUSED_PAUSE_MS : LONGEST_PAUSE_MS;
    const pauseMs = Math.min(longest, SHORTEST_PAUSE_MS * 2 ** Math.min(failures, 10));
    await this.wait(pauseMs * (0.25 + 0.75 * Math.random()));
  }

  private async wait(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.closing.signal }).catch(() => undefined);
  }

  private async dial(): Promise<NatsConnection> {
    const { servers, seed, name, inboxPrefix } = this.options;
    try {
      return await connect({
        servers: servers.map(withoutCredentials),
        authenticator: authenticatorOf(servers, seed),
        name,
        inboxPrefix,
        reconnect: false,
        ignoreClusterUpdates: true,
        timeout: DIAL_TIMEOUT_MS,
        pingInterval: PING_INTERVAL_MS,
        maxPingOut: 2,
        noAsyncTraces: true,
      });
    } catch (cause) {
      const hosts = servers.map(withoutCredentials);
      if (cause instanceof NatsError && cause.isAuthError())
        throw new BrokerRefusedError(hosts, { cause });
      throw new BrokerUnreachableError(hosts, { cause });
    }
  }

  private async watch(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type !== Events.Error) continue;
      if (status.data === ErrorCode.PermissionsViolation) {
        const what = status.permissionContext;
        const detail = what ? `${what.operation} to ${what.subject}` : 'a subject';
        this.options.onTrouble({ kind: 'forbidden', detail });
      } else this.options.onTrouble({ kind: 'brokerError', detail: String(status.data) });
    }
  }

  private settleWaiters(connection: NatsConnection | undefined): void {
    for (const settle of this.waiters) settle(connection);
  }
}

/** Somebody took the connection, but nothing came of it in time, or it was cut while we signed. */
function isSlow(error: unknown): boolean {
  if (!(error instanceof BrokerUnreachableError)) return false;
  const { cause } = error;
  return cause instanceof Error && 'code' in cause && SLOW.has(String(cause.code));
}
const SLOW: ReadonlySet<string> = new Set([
  ErrorCode.Timeout,
  ErrorCode.ConnectionTimeout,
  ErrorCode.ConnectionClosed,
  ErrorCode.AuthenticationTimeout,
  'EPIPE',
  'ECONNRESET',
]);

/** `nats://user:password@host` or `nats://token@host`: a broker with rights of its own. */
function authenticatorOf(servers: readonly string[], seed: string): Authenticator {
  for (const server of servers) {
    const { username, password } = new URL(server);
    if (password !== '')
      return usernamePasswordAuthenticator(
        decodeURIComponent(username),
        decodeURIComponent(password),
      );
    if (username !== '') return tokenAuthenticator(decodeURIComponent(username));
  }
  return nkeyAuthenticator(Buffer.from(seed, 'ascii'));
}

function withoutCredentials(server: string): string {
  const url = new URL(server);
  return `${url.protocol}//${url.host}`;
}
