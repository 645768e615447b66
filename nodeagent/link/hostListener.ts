import { rmSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import type { PartId } from '../../scheduler/model/ids.ts';
import { partKey } from '../../scheduler/model/ids.ts';
import { parsePartKey } from '../part/partStore.ts';
import type { FromHost, ToHost } from '../record/hostMessage.ts';
import { fromHost } from '../record/hostMessage.ts';
import { readLines, writeLine } from '../record/lines.ts';
import { parseRecord } from '../record/shape.ts';
import { shortPath } from '../record/shortPath.ts';
import { join } from 'node:path';

/** The agent's end of `agent.sock`: job hosts dial in, name their part, and are spoken to by it. */
export type HostListenerOptions = {
  readonly home: string;
  readonly onConnected: (id: PartId) => void;
  readonly onMessage: (id: PartId, message: FromHost) => void;
  readonly onGone: (id: PartId) => void;
};

const SOCKET = 'agent.sock';

export class HostListener {
  private readonly options: HostListenerOptions;
  private readonly hosts = new Map<string, Socket>();
  private readonly server: Server;

  constructor(options: HostListenerOptions) {
    this.options = options;
    this.server = createServer((socket) => this.accept(socket));
  }

  /** Throws when the socket cannot be made. */
  async open(): Promise<void> {
    const { home } = this.options;
    rmSync(join(home, SOCKET), { force: true });
    await new Promise<void>((done, fail) => {
      this.server.once('error', fail);
      this.server.listen({ path: shortPath(home, SOCKET) }, done);
    });
  }

  isConnected(id: PartId): boolean {
    return this.hosts.has(partKey(id));
  }

  /** False when the part's host is not on the line. */
  tell(id: PartId, message: ToHost): boolean {
    const socket = this.hosts.get(partKey(id));
    return socket !== undefined && (writeLine(socket, message) || true);
  }

  close(): void {
    this.server.close();
    for (const socket of this.hosts.values()) socket.destroy();
  }

  private accept(socket: Socket): void {
    let id: PartId | undefined;
    const receive = (line: string): void => {
      const message = parseRecord(fromHost, line, 'message of a job host');
      if (message.kind === 'hello') id = this.greet(socket, message.part);
      else if (id) this.options.onMessage(id, message);
    };
    readLines(socket, (line) => {
      try {
        receive(line);
      } catch (error) {
        socket.destroy(error instanceof Error ? error : undefined);
      }
    });
    socket.on('error', () => undefined);
    socket.once('close', () => {
      if (!id || this.hosts.get(partKey(id)) !== socket) return;
      this.hosts.delete(partKey(id));
      this.options.onGone(id);
    });
  }

  private greet(socket: Socket, key: string): PartId | undefined {
    const id = parsePartKey(key);
    if (!id) return undefined;
    this.hosts.set(key, socket);
    this.options.onConnected(id);
    return id;
  }
}
