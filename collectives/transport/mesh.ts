import { createServer, connect as dialSocket } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { DataPlaneError } from '../errors.ts';
import type { PartAddress } from '../partAddress.ts';
import { HandshakeError, greet, receiveGreeting } from './handshake.ts';
import type { Identity } from './handshake.ts';

/**
 * One connection per pair of parts: the higher part dials the lower. Strangers on the listening
 * port are dropped after a wrong byte or HANDSHAKE_MS, and are never more than PENDING_MAXIMUM.
 */
export type Mesh = {
  readonly address: PartAddress;
  /** Resolves with an authenticated socket per other part. Errors: DataPlaneError. */
  connect(peers: readonly PartAddress[], seconds: number): Promise<Map<number, Socket>>;
  close(): void;
};

const HANDSHAKE_MS = 3000;
const PENDING_MAXIMUM = 64;
const RETRY_MS = 50;
const RETRY_MAXIMUM_MS = 500;

/** Errors: DataPlaneError when the address cannot be listened on. */
export async function openMesh(identity: Identity, listenHost: string): Promise<Mesh> {
  const arrived = new Map<number, Socket>();
  const pending = new Set<Socket>();
  let notify = (): void => undefined;
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined);
    const oldest = pending.values().next().value;
    if (pending.size >= PENDING_MAXIMUM) oldest?.destroy();
    pending.add(socket);
    socket.once('close', () => pending.delete(socket));
    receiveGreeting(socket, identity, HANDSHAKE_MS)
      .then((part) => {
        pending.delete(socket);
        if (arrived.has(part)) {
          socket.destroy();
          return;
        }
        arrived.set(part, socket);
        notify();
      })
      .catch(() => socket.destroy());
  });
  await listen(server, identity, listenHost);
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.close();
    for (const socket of pending) socket.destroy();
  };
  return {
    address: { part: identity.part, host: listenHost, port },
    async connect(peers, seconds) {
      const deadline = performance.now() + seconds * 1000;
      const lower = peers.filter(({ part }) => part < identity.part);
      const dialed = lower.map(async (peer) => {
        const socket = await dial(peer, identity, deadline);
        return [peer.part, socket] as const;
      });
      const missing = (): number[] =>
        peers.map(({ part }) => part).filter((part) => part > identity.part && !arrived.has(part));
      const all = Promise.all(dialed);
      all.catch(() => undefined);
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(
          () => {
            const reason = `parts ${missing().join(', ')} did not connect within ${seconds} s`;
            reject(new DataPlaneError(identity, reason));
          },
          Math.max(0, deadline - performance.now()),
        );
        notify = () => {
          if (missing().length > 0) return;
          clearTimeout(timer);
          resolve();
        };
        all.catch((error: unknown) => {
          clearTimeout(timer);
          reject(error);
        });
        notify();
      });
      return new Map([...arrived, ...(await all)]);
    },
    close,
  };
}

function listen(server: Server, identity: Identity, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(new DataPlaneError(identity, `cannot listen on ${host}: ${error.message}`, error));
    });
    server.listen({ host, port: 0 }, resolve);
  });
}

/** Tries until the deadline; a peer that answers wrongly is not tried again. */
async function dial(peer: PartAddress, identity: Identity, deadline: number): Promise<Socket> {
  let last: unknown;
  for (let pause = RETRY_MS; ; pause = Math.min(pause * 2, RETRY_MAXIMUM_MS)) {
    const left = deadline - performance.now();
    if (left <= 0) break;
    const socket = dialSocket({ host: peer.host, port: peer.port, noDelay: true });
    socket.on('error', () => undefined);
    try {
      await opened(socket, left);
      await greet(socket, identity, { to: peer.part, milliseconds: Math.min(left, HANDSHAKE_MS) });
      return socket;
    } catch (error) {
      socket.destroy();
      last = error;
      if (error instanceof HandshakeError && error.fatal) break;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  const why = last instanceof Error ? last.message : 'no time left';
  const reason = `cannot connect to part ${peer.part} at ${peer.host}:${peer.port}: ${why}`;
  throw new DataPlaneError(identity, reason, last);
}

function opened(socket: Socket, milliseconds: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new HandshakeError('no connection in time', { fatal: false })),
      milliseconds,
    );
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(new HandshakeError(error.message, { fatal: false }));
    });
  });
}
