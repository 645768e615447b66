/** A real nats-server with two users, a node and the scheduler, for the tests of this folder. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, nkeyAuthenticator } from 'nats';
import { findBrokerBinary, startBroker, stopBroker } from '../../cli/pibatch/broker.ts';
import { signal } from '../../cli/pibatch/endProcess.ts';
import { type Bus, type BusTrouble, connectBus } from '../../proto/bus.ts';
import type { Connection } from '../../proto/connection.ts';
import { createSeed, publicKeysOf } from '../../proto/keys.ts';
import type { Principal } from '../../proto/subjects.ts';

const PRINCIPALS: readonly Principal[] = [
  { kind: 'scheduler', name: 'scheduler' },
  { kind: 'node', name: 'n1' },
  { kind: 'node', name: 'n2' },
  { kind: 'user', name: 'alice' },
  { kind: 'user', name: 'bob' },
];

export class TestBroker {
  readonly folder = mkdtempSync(join(tmpdir(), 'pibatch-broker-'));
  readonly troubles: BusTrouble[] = [];
  private readonly members = PRINCIPALS.map((principal) => ({ principal, seed: createSeed() }));
  private readonly buses: Bus[] = [];
  private url = '';
  private pid = { pid: 0, startTicks: 0, bootId: '' };

  async start(): Promise<void> {
    const members = this.members.map(({ principal, seed }) => ({
      principal,
      keys: publicKeysOf(seed),
    }));
    const binary = findBrokerBinary(process.env);
    const broker = await startBroker({ folder: join(this.folder, 'broker'), binary, members });
    this.url = broker.url;
    this.pid = broker.process;
  }

  /** Power cut. */
  kill(): void {
    signal(this.pid, 'SIGKILL');
  }

  connection(name: string): Connection {
    const found = this.members.find(({ principal }) => principal.name === name);
    if (!found) throw new Error(`no principal ${name}`);
    const { principal, seed } = found;
    return { cluster: 'test', servers: [this.url], principal, seed };
  }

  async connect(name: string, options?: { waitForBroker: boolean }): Promise<Bus> {
    const bus = await connectBus({
      connection: this.connection(name),
      name,
      waitForBroker: options?.waitForBroker ?? false,
      onTrouble: (trouble) => this.troubles.push(trouble),
    });
    this.buses.push(bus);
    return bus;
  }

  /** A forged request: the bus itself offers no way to name a foreign reply subject. */
  async publishWithReply(name: string, subject: string, reply: string): Promise<void> {
    const { servers, seed } = this.connection(name);
    const authenticator = nkeyAuthenticator(Buffer.from(seed));
    const client = await connect({ servers: [...servers], authenticator });
    client.publish(subject, 'forged', { reply });
    await client.drain();
  }

  async stop(): Promise<void> {
    await Promise.all(this.buses.map((bus) => bus.close()));
    await stopBroker(join(this.folder, 'broker'));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
