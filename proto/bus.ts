/**
 * A principal's session on the broker: requests, services, one-way messages, blobs.
 * Contract: core NATS delivers at most once and loses what is sent while it is away, so a request
 * has a deadline and is sent again until it is answered (`retry`, for idempotent requests); a
 * service answers only into the asker's own inbox. The broker is never the truth (docs/protocol.md).
 */
import type { Msg, NatsConnection, Subscription } from 'nats';
import { BlobStore, listBlobs, prepareBlobStore, purgeBlobs } from './blobStore.ts';
import { BadMessageError, BusClosedError, MessageTooLargeError } from './busError.ts';
import { MAX_MESSAGE_BYTES } from './codec.ts';
import type { Connection } from './connection.ts';
import { type AccountName, accountSeed } from './keys.ts';
import { type BusTrouble, Link } from './link.ts';
import { exchange, type RequestOptions } from './request.ts';
import { askerInbox, inboxPrefix } from './subjects.ts';

export type { BusTrouble } from './link.ts';
export type { RequestOptions } from './request.ts';

export type BusOptions = {
  readonly connection: Connection;
  /** Shown in the broker's connection list. */
  readonly name: string;
  /**
   * False: throws unless the broker answers now. True: returns at once and dials for ever; until
   * then requests wait for their deadline and one-way messages are lost.
   */
  readonly waitForBroker: boolean;
  readonly onTrouble: (trouble: BusTrouble) => void;
  readonly onLink?: (up: boolean) => void;
};

export type ServiceCall = {
  readonly subject: string;
  readonly data: Uint8Array;
  /** Throws MessageTooLargeError; while the broker is away the answer is lost and asked again. */
  readonly reply: (data: Uint8Array) => void;
};
export type Message = { readonly subject: string; readonly data: Uint8Array };
export type BusSubscription = { close(): void };

type Listener = { readonly subject: string; readonly handle: (message: Msg) => void };

/** Throws BrokerUnreachableError or BrokerRefusedError, see `waitForBroker`. */
export async function connectBus(options: BusOptions): Promise<Bus> {
  const bus = new Bus(options);
  await bus.open();
  return bus;
}

export class Bus {
  private readonly options: BusOptions;
  private readonly link: Link;
  private readonly listeners = new Map<Listener, Subscription | undefined>();
  private blobs: BlobStore | undefined;

  constructor(options: BusOptions) {
    this.options = options;
    const { connection, name, onTrouble } = options;
    this.link = new Link({
      servers: connection.servers,
      seed: connection.seed,
      name,
      inboxPrefix: inboxPrefix(connection.principal),
      onTrouble,
      onUp: (link) => this.linked(link),
      onDown: () => this.options.onLink?.(false),
    });
  }

  async open(): Promise<void> {
    if (this.options.waitForBroker) this.link.openEventually();
    else await this.link.open();
  }

  get isLinked(): boolean {
    return this.link.current !== undefined;
  }

  /**
   * Throws BusTimeoutError (it may have been carried out), NoSuchServiceError (it was not),
   * BusForbiddenError, MessageTooLargeError, BusClosedError.
   */
  async request(subject: string, data: Uint8Array, options: RequestOptions): Promise<Uint8Array> {
    checkSize(data);
    const answer = (await exchange(this.link, { subject, data }, options)).data;
    checkSize(answer);
    return answer;
  }

  /** A hint: lost when nobody listens or the broker is away. Throws MessageTooLargeError. */
  publish(subject: string, data: Uint8Array): void {
    checkSize(data);
    if (this.link.closed) throw new BusClosedError();
    this.link.current?.publish(subject, data);
  }

  /** Answers requests; those that want their answer in somebody else's inbox are dropped. */
  serve(subject: string, answer: (call: ServiceCall) => void): BusSubscription {
    return this.listen(subject, (message) => {
      const inbox = askerInbox(message.subject);
      const { reply } = message;
      if (inbox === undefined || reply === undefined || !reply.startsWith(`${inbox}.`)) {
        const detail = `${message.subject} asks to answer to ${reply ?? 'nobody'}`;
        this.options.onTrouble({ kind: 'forgedReply', detail });
        return;
      }
      answer({
        subject: message.subject,
        data: message.data,
        reply: (data) => this.publish(reply, data),
      });
    });
  }

  subscribe(subject: string, receive: (message: Message) => void): BusSubscription {
    return this.listen(subject, (message) =>
      receive({ subject: message.subject, data: message.data }),
    );
  }

  /** Stores bytes under their sha256 and returns it. Throws BlobStoreError, BusTimeoutError. */
  async putBlob(bytes: Uint8Array): Promise<string> {
    return this.blobStore().put(bytes);
  }

  async hasBlob(sha256: string): Promise<boolean> {
    return this.blobStore().has(sha256);
  }

  /** Throws BlobMissingError, BlobCorruptError, BlobStoreError, BusTimeoutError. */
  async getBlob(sha256: string): Promise<Uint8Array> {
    return this.blobStore().get(sha256);
  }

  /** Makes the bucket if it is not there; only the scheduler's key may. Throws BlobStoreError. */
  async prepareBlobs(): Promise<void> {
    await this.asStore((link) => prepareBlobStore(link));
  }

  /** Takes blobs out of the bucket; only the scheduler's key may. Throws BlobStoreError. */
  async removeBlobs(sha256s: readonly string[]): Promise<void> {
    await this.asStore((link) => purgeBlobs(link, sha256s));
  }

  /** The sha256 of every blob; only the scheduler's key may ask. Throws BlobStoreError. */
  async listBlobs(): Promise<readonly string[]> {
    return this.asStore((link) => listBlobs(link));
  }

  /** Undefined when it is not there. Throws BlobCorruptError, BlobStoreError. */
  async describeBlob(
    sha256: string,
  ): Promise<{ readonly sizeBytes: number; readonly storedMs: number } | undefined> {
    return this.blobStore().describe(sha256);
  }

  private async asStore<T>(work: (link: Link) => Promise<T>): Promise<T> {
    const link = this.openLink('store');
    try {
      return await work(link);
    } finally {
      await link.close();
    }
  }

  /** Sends what is queued and ends; pending requests throw BusClosedError. */
  async close(): Promise<void> {
    await Promise.all([this.link.close(), this.blobs?.close()]);
  }

  /** Files have a connection of their own: bulk must not delay a heartbeat. */
  private blobStore(): BlobStore {
    if (this.link.closed) throw new BusClosedError();
    this.blobs ??= new BlobStore(this.openLink('files'));
    return this.blobs;
  }

  private openLink(account: AccountName): Link {
    const { connection, name, onTrouble } = this.options;
    const link = new Link({
      servers: connection.servers,
      seed: accountSeed(connection.seed, account),
      name: `${name} ${account}`,
      inboxPrefix: inboxPrefix(connection.principal),
      onTrouble,
      onUp: () => undefined,
      onDown: () => undefined,
    });
    link.openEventually();
    return link;
  }

  private listen(subject: string, receive: (message: Msg) => void): BusSubscription {
    const listener = { subject, handle: (message: Msg) => this.guard(message, receive) };
    const link = this.link.current;
    this.listeners.set(listener, link && subscribeTo(link, listener));
    return {
      close: () => {
        const subscription = this.listeners.get(listener);
        this.listeners.delete(listener);
        if (subscription && !subscription.isClosed()) subscription.unsubscribe();
      },
    };
  }

  private linked(link: NatsConnection): void {
    for (const listener of this.listeners.keys())
      this.listeners.set(listener, subscribeTo(link, listener));
    this.options.onLink?.(true);
  }

  /** A bad message is the sender's fault and is told; any other exception is our bug: it ends us. */
  private guard(message: Msg, receive: (message: Msg) => void): void {
    try {
      checkSize(message.data);
      receive(message);
    } catch (error) {
      if (error instanceof BadMessageError || error instanceof MessageTooLargeError)
        this.options.onTrouble({
          kind: 'badMessage',
          detail: `${message.subject}: ${error.message}`,
        });
      else
        setImmediate(() => {
          throw error;
        });
    }
  }
}

function subscribeTo(link: NatsConnection, listener: Listener): Subscription {
  return link.subscribe(listener.subject, {
    // An error here is a refused subscription; link.ts tells it from the connection's status.
    callback: (error, message) => {
      if (error === null) listener.handle(message);
    },
  });
}

function checkSize(data: Uint8Array): void {
  if (data.length > MAX_MESSAGE_BYTES)
    throw new MessageTooLargeError(data.length, MAX_MESSAGE_BYTES);
}
