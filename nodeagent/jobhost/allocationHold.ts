import { createHmac, timingSafeEqual } from 'node:crypto';
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import type { PartAddress } from '../../collectives/partAddress.ts';
import type { PartPlan } from '../record/partPlan.ts';

/**
 * Ties the parts of a script's allocation together: each of the others keeps a connection to
 * the first part, proved with the attempt's secret, for as long as the script runs.
 */
const KEEP_ALIVE_MS = 15_000;

export class AllocationHold {
  private readonly plan: PartPlan;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly held = new Set<number>();
  readonly allHeld: Promise<void>;
  private everybodyHolds: () => void = () => undefined;

  constructor(plan: PartPlan) {
    this.plan = plan;
    this.server = createServer((socket) => this.admit(socket));
    this.allHeld = new Promise((done) => {
      this.everybodyHolds = done;
    });
  }

  async listen(): Promise<PartAddress> {
    const { listenHost, id } = this.plan;
    await new Promise<void>((done, fail) => {
      this.server.once('error', fail);
      this.server.listen({ host: listenHost, port: 0 }, done);
    });
    const { port } = this.server.address() as AddressInfo;
    return { part: id.part, host: listenHost, port };
  }

  /** Holds until the first part closes the connection, or cannot be reached any more. */
  async until(peers: readonly PartAddress[]): Promise<void> {
    const first = peers.find(({ part }) => part === 0);
    if (!first) throw new Error('the address of the first part is missing');
    const socket = connect({ host: first.host, port: first.port });
    this.sockets.add(socket);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    await new Promise<void>((done) => {
      socket.once('connect', () => {
        socket.write(`${this.plan.id.part} ${this.proof(this.plan.id.part)}\n`);
        socket.resume();
      });
      socket.on('error', () => undefined);
      socket.once('close', () => done());
    });
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  /** One line: the part's number and its proof; whoever cannot give it is sent away. */
  private admit(socket: Socket): void {
    this.sockets.add(socket);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on('error', () => undefined);
    socket.once('close', () => this.sockets.delete(socket));
    socket.once('data', (greeting) => {
      const [part = '', proof = ''] = greeting.toString('latin1').trim().split(' ');
      if (!this.isProof(Number(part), proof)) return void socket.destroy();
      this.held.add(Number(part));
      if (this.held.size === this.plan.parts.length - 1) this.everybodyHolds();
    });
  }

  private isProof(part: number, proof: string): boolean {
    const expected = Buffer.from(this.proof(part));
    const given = Buffer.from(proof);
    const isPeer = part > 0 && part < this.plan.parts.length && Number.isInteger(part);
    return isPeer && given.length === expected.length && timingSafeEqual(given, expected);
  }

  private proof(part: number): string {
    const { id, secretHex } = this.plan;
    const key = Buffer.from(secretHex, 'hex');
    return createHmac('sha256', key).update(`hold ${id.job}.${id.attempt}.${part}`).digest('hex');
  }
}
