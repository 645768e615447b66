/**
 * A TCP proxy in front of the broker that does to connections what bad networks do. Contract: a byte
 * that has vanished stays lost, and nothing passes that way on that connection any more, not even
 * its end: whoever waits must find out by itself. Slow bytes come late, all of them, in their order.
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** `up` is towards the broker. */
export type Way = 'up' | 'down';
export type Trouble =
  | { readonly kind: 'none' }
  | { readonly kind: 'vanish'; readonly ways: readonly Way[] }
  | { readonly kind: 'slow'; readonly latencyMs: number; readonly pieceBytes: number }
  /** The next message is cut in its middle, and the connection is reset. */
  | { readonly kind: 'reset'; readonly onReset: () => void };

const HOST = '127.0.0.1';
/** From piece to piece of what is slow. */
const PIECE_MS = 2;

export class CuttingProxy {
  trouble: Trouble = { kind: 'none' };
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  private constructor(brokerPort: number) {
    this.server = createServer({ allowHalfOpen: true }, (client) => {
      const broker = connect({ host: HOST, port: brokerPort, allowHalfOpen: true });
      new Pipe(this, 'up', client, broker).open();
      new Pipe(this, 'down', broker, client).open();
      for (const socket of [client, broker]) {
        this.sockets.add(socket.setNoDelay());
        socket.once('close', () => this.sockets.delete(socket));
      }
    });
  }

  static async listen(brokerPort: number): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(brokerPort);
    await new Promise<void>((resolve, reject) => {
      proxy.server.once('error', reject).listen(0, HOST, resolve);
    });
    return proxy;
  }

  get url(): string {
    return `nats://${HOST}:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** One way of one connection. */
class Pipe {
  private readonly proxy: CuttingProxy;
  private readonly way: Way;
  private readonly from: Socket;
  private readonly to: Socket;
  private readonly late: { readonly dueMs: number; readonly bytes: Buffer }[] = [];
  private isLost = false;
  private hasEnded = false;

  constructor(proxy: CuttingProxy, way: Way, from: Socket, to: Socket) {
    [this.proxy, this.way, this.from, this.to] = [proxy, way, from, to];
  }

  open(): void {
    const { from, to } = this;
    from.on('data', (bytes: Buffer) => this.take(bytes));
    from.on('end', () => this.end());
    from.on('error', () => undefined);
    from.on('close', () => this.closed());
    to.on('drain', () => from.resume());
  }

  private take(bytes: Buffer): void {
    const { trouble } = this.proxy;
    if (trouble.kind === 'vanish' && trouble.ways.includes(this.way)) this.isLost = true;
    if (this.isLost) return;
    if (trouble.kind === 'reset') {
      this.to.write(bytes.subarray(0, bytes.length >> 1), () => {
        this.from.resetAndDestroy();
        this.to.resetAndDestroy();
      });
      this.isLost = true;
      trouble.onReset();
    } else if (trouble.kind === 'slow') {
      const dueMs = performance.now() + trouble.latencyMs;
      const isUnderWay = this.late.length > 0;
      for (let at = 0; at < bytes.length; at += trouble.pieceBytes)
        this.late.push({ dueMs, bytes: bytes.subarray(at, at + trouble.pieceBytes) });
      this.from.pause();
      if (!isUnderWay) this.deliver();
    } else if (this.late.length > 0) this.late.push({ dueMs: 0, bytes });
    else if (!this.to.write(bytes)) this.from.pause();
  }

  /** What is late goes on its way piece by piece; then the sender may go on. */
  private deliver(): void {
    const [next] = this.late;
    if (!next) {
      if (this.hasEnded) this.to.end();
      this.from.resume();
      return;
    }
    const isOver = this.proxy.trouble.kind !== 'slow';
    const waitMs = isOver ? 0 : Math.max(PIECE_MS, next.dueMs - performance.now());
    setTimeout(() => {
      this.late.shift();
      if (!this.to.destroyed) this.to.write(next.bytes);
      this.deliver();
    }, waitMs);
  }

  private isBlocked(): boolean {
    const { trouble } = this.proxy;
    return this.isLost || (trouble.kind === 'vanish' && trouble.ways.includes(this.way));
  }

  private end(): void {
    this.hasEnded = true;
    if (!this.isBlocked() && this.late.length === 0) this.to.end();
  }

  /** An end that does not get through leaves the other one where it is. */
  private closed(): void {
    if (!this.isBlocked() && !this.to.destroyed) this.to.destroySoon();
  }
}
