import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import { PROTOCOL_VERSION } from './frame.ts';

/**
 * Two parts prove to each other that they know the attempt's secret before anything else is
 * read: HMAC-SHA256 over both nonces, the attempt, both parts and the protocol version. Every
 * message has a fixed size, so garbage is noticed after at most 80 bytes.
 *
 *   dialer -> listener   HELLO  "PIBC" version from to  sha256(attempt)[32]  nonce[32]
 *   listener -> dialer   PROOF  "PIBC" version from to  hmac("listener")[32] nonce[32]
 *   dialer -> listener   PROOF  hmac("dialer")[32]
 *   listener -> dialer   WELCOME "PIBO"
 */

const MAGIC = Buffer.from('PIBC');
const WELCOME = Buffer.from('PIBO');
const NONCE_BYTES = 32;
const OPENING_BYTES = 16 + 64;
const PROOF_BYTES = 32;

export type Identity = {
  readonly attempt: string;
  readonly part: number;
  readonly parts: number;
  readonly secret: Uint8Array;
};

/** Why a connection did not become a link. `fatal`: another try cannot succeed. */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError';
  readonly fatal: boolean;
  constructor(reason: string, { fatal }: { readonly fatal: boolean }) {
    super(reason);
    this.fatal = fatal;
  }
}

/** Dials: proves who we are, checks that the peer is `to`. */
export async function greet(
  socket: Socket,
  identity: Identity,
  options: { readonly to: number; readonly milliseconds: number },
): Promise<void> {
  const nonce = randomBytes(NONCE_BYTES);
  const ends = { from: identity.part, to: options.to };
  socket.write(Buffer.concat([opening(ends), attemptHash(identity), nonce]));
  const answer = await readExactly(socket, OPENING_BYTES, options.milliseconds);
  checkOpening(answer);
  if (!answer.subarray(0, 16).equals(opening(ends))) {
    throw new HandshakeError('the peer is another part', { fatal: true });
  }
  const peerNonce = answer.subarray(48);
  const nonces = { dialer: nonce, listener: peerNonce };
  const proof = answer.subarray(16, 48);
  if (!timingSafeEqual(proof, proofOf(identity, 'listener', { ...ends, nonces }))) {
    throw new HandshakeError('the peer does not know the secret', { fatal: true });
  }
  socket.write(proofOf(identity, 'dialer', { ...ends, nonces }));
  const welcome = await readExactly(socket, WELCOME.length, options.milliseconds);
  if (!welcome.equals(WELCOME)) {
    throw new HandshakeError('the peer did not welcome us', { fatal: true });
  }
}

/** Listens: returns the part that has proved itself. */
export async function receiveGreeting(
  socket: Socket,
  identity: Identity,
  milliseconds: number,
): Promise<number> {
  const hello = await readExactly(socket, OPENING_BYTES, milliseconds);
  checkOpening(hello);
  const ends = { from: hello.readInt32LE(8), to: hello.readInt32LE(12) };
  if (ends.to !== identity.part || ends.from <= identity.part || ends.from >= identity.parts) {
    throw new HandshakeError(`part ${ends.from} dialed part ${ends.to}`, { fatal: true });
  }
  if (!timingSafeEqual(hello.subarray(16, 48), attemptHash(identity))) {
    throw new HandshakeError('another attempt', { fatal: true });
  }
  const nonces = { dialer: hello.subarray(48), listener: randomBytes(NONCE_BYTES) };
  const ours = proofOf(identity, 'listener', { ...ends, nonces });
  socket.write(Buffer.concat([opening(ends), ours, nonces.listener]));
  const proof = await readExactly(socket, PROOF_BYTES, milliseconds);
  if (!timingSafeEqual(proof, proofOf(identity, 'dialer', { ...ends, nonces }))) {
    throw new HandshakeError('a wrong secret', { fatal: true });
  }
  socket.write(WELCOME);
  return ends.from;
}

type Ends = { readonly from: number; readonly to: number };

function opening({ from, to }: Ends): Buffer {
  const bytes = Buffer.alloc(16);
  MAGIC.copy(bytes);
  bytes.writeInt32LE(PROTOCOL_VERSION, 4);
  bytes.writeInt32LE(from, 8);
  bytes.writeInt32LE(to, 12);
  return bytes;
}

function checkOpening(bytes: Buffer): void {
  if (!bytes.subarray(0, 4).equals(MAGIC)) {
    throw new HandshakeError('the peer does not speak this protocol', { fatal: true });
  }
  const version = bytes.readInt32LE(4);
  if (version === PROTOCOL_VERSION) return;
  const reason = `the peer speaks version ${version}, we speak ${PROTOCOL_VERSION}`;
  throw new HandshakeError(reason, { fatal: true });
}

const attemptHash = ({ attempt }: Identity): Buffer =>
  createHash('sha256').update(attempt).digest();

function proofOf(
  identity: Identity,
  role: 'dialer' | 'listener',
  session: Ends & { readonly nonces: { readonly dialer: Buffer; readonly listener: Buffer } },
): Buffer {
  return createHmac('sha256', identity.secret)
    .update(`pibatch data plane ${PROTOCOL_VERSION} ${role} ${session.from} ${session.to}\0`)
    .update(session.nonces.dialer)
    .update(session.nonces.listener)
    .update(identity.attempt)
    .digest();
}

/** Reads so many bytes and not one more; the rest stays in the socket. */
function readExactly(socket: Socket, bytes: number, milliseconds: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      socket.off('readable', read).off('error', failed).off('close', closed).off('end', closed);
    };
    const fail = (reason: string): void => {
      stop();
      reject(new HandshakeError(reason, { fatal: false }));
    };
    const failed = (error: Error): void => fail(error.message);
    const closed = (): void => fail('the peer closed the connection');
    const read = (): void => {
      const chunk: unknown = socket.read(bytes);
      if (!Buffer.isBuffer(chunk)) return;
      if (chunk.length < bytes) {
        closed();
        return;
      }
      stop();
      resolve(chunk);
    };
    const timer = setTimeout(() => fail(`no answer within ${milliseconds} ms`), milliseconds);
    socket.on('readable', read).on('error', failed).on('close', closed).on('end', closed);
    read();
  });
}
