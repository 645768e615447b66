/**
 * What can go wrong between two processes, as errors with fields. Contract: every failure of
 * the bus, the codec and the blob store is one of these; nothing of `nats` leaks out.
 */

/** Bytes that are not the expected message, or a value that cannot be sent exactly. */
export class BadMessageError extends Error {
  override readonly name = 'BadMessageError';
  readonly problem: string;
  constructor(problem: string, options?: ErrorOptions) {
    super(`bad message: ${problem}`, options);
    this.problem = problem;
  }
}

/** A message beyond the control plane's limit; larger contents travel as blobs. */
export class MessageTooLargeError extends Error {
  override readonly name = 'MessageTooLargeError';
  readonly sizeBytes: number;
  readonly limitBytes: number;
  constructor(sizeBytes: number, limitBytes: number) {
    super(`a message of ${sizeBytes} bytes is over the limit of ${limitBytes}: send it as a blob`);
    this.sizeBytes = sizeBytes;
    this.limitBytes = limitBytes;
  }
}

/** No answer before the deadline. The request may have been carried out all the same. */
export class BusTimeoutError extends Error {
  override readonly name = 'BusTimeoutError';
  readonly subject: string;
  readonly deadlineMs: number;
  readonly brokerAway: boolean;
  constructor(options: { subject: string; deadlineMs: number; brokerAway: boolean }) {
    const why = options.brokerAway ? 'the broker cannot be reached' : 'nobody answered';
    super(`no answer on ${options.subject} within ${options.deadlineMs} ms: ${why}`);
    this.subject = options.subject;
    this.deadlineMs = options.deadlineMs;
    this.brokerAway = options.brokerAway;
  }
}

/** The broker is there, but no process serves this subject: nothing was carried out. */
export class NoSuchServiceError extends Error {
  override readonly name = 'NoSuchServiceError';
  readonly subject: string;
  constructor(subject: string) {
    super(`nobody listens on ${subject}`);
    this.subject = subject;
  }
}

/** The broker does not let this principal use the subject. */
export class BusForbiddenError extends Error {
  override readonly name = 'BusForbiddenError';
  readonly subject: string;
  constructor(subject: string) {
    super(`the broker refuses ${subject} to this key`);
    this.subject = subject;
  }
}

/** No broker answers at the configured addresses. */
export class BrokerUnreachableError extends Error {
  override readonly name = 'BrokerUnreachableError';
  readonly servers: readonly string[];
  constructor(servers: readonly string[], options?: ErrorOptions) {
    super(
      `no broker answers at ${servers.join(', ')}: start the cluster with 'pibatch up'`,
      options,
    );
    this.servers = servers;
  }
}

/** The broker answers but does not know this principal's key. */
export class BrokerRefusedError extends Error {
  override readonly name = 'BrokerRefusedError';
  readonly servers: readonly string[];
  constructor(servers: readonly string[], options?: ErrorOptions) {
    super(`the broker at ${servers.join(', ')} does not accept this key`, options);
    this.servers = servers;
  }
}

/** The bus was closed while this was under way. */
export class BusClosedError extends Error {
  override readonly name = 'BusClosedError';
  constructor() {
    super('the connection to the broker was closed');
  }
}

/** A blob which nobody has stored. */
export class BlobMissingError extends Error {
  override readonly name = 'BlobMissingError';
  readonly sha256: string;
  constructor(sha256: string) {
    super(`no blob ${sha256} is stored`);
    this.sha256 = sha256;
  }
}

/** The stored bytes are not those that the name promises, or are incomplete. */
export class BlobCorruptError extends Error {
  override readonly name = 'BlobCorruptError';
  readonly sha256: string;
  constructor(sha256: string, problem: string) {
    super(`blob ${sha256}: ${problem}`);
    this.sha256 = sha256;
  }
}

/** The broker could not keep or read a blob (no JetStream, disk full). */
export class BlobStoreError extends Error {
  override readonly name = 'BlobStoreError';
}
