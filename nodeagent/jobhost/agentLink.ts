import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { FromHost, ToHost } from '../record/hostMessage.ts';
import { toHost } from '../record/hostMessage.ts';
import { readLines, writeLine } from '../record/lines.ts';
import { parseRecord } from '../record/shape.ts';

/**
 * The host's line to its agent. The agent may be away for as long as it likes: the line is
 * dialled for ever, and what the agent must know is said again on every connection.
 */
const REDIAL_MS = [50, 100, 200, 500, 1_000];

export type AgentLinkOptions = {
  readonly socketPath: string;
  /** Said first on every connection. */
  readonly greeting: () => readonly FromHost[];
  readonly onMessage: (message: ToHost) => void;
};

export class AgentLink {
  private readonly options: AgentLinkOptions;
  private socket: Socket | undefined;
  private tries = 0;
  private closed = false;

  constructor(options: AgentLinkOptions) {
    this.options = options;
    this.dial();
  }

  /** Lost when the agent is away: it will ask by reading the files of the part. */
  say(message: FromHost): void {
    if (this.socket?.writable) writeLine(this.socket, message);
  }

  /** Sends what is queued; an agent that does not read has a moment, no more. */
  async close(patienceMs: number): Promise<void> {
    this.closed = true;
    const { socket } = this;
    if (!socket) return;
    await new Promise<void>((done) => {
      setTimeout(done, patienceMs).unref();
      socket.end(() => done());
    });
    socket.destroy();
  }

  private dial(): void {
    if (this.closed) return;
    const socket = connect({ path: this.options.socketPath });
    socket.unref();
    socket.once('connect', () => {
      this.tries = 0;
      this.socket = socket;
      for (const message of this.options.greeting()) writeLine(socket, message);
    });
    readLines(socket, (line) => this.receive(line));
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.socket = undefined;
      const waitMs = REDIAL_MS[Math.min(this.tries, REDIAL_MS.length - 1)] ?? 1_000;
      this.tries += 1;
      setTimeout(() => this.dial(), waitMs).unref();
    });
  }

  /** A line that makes no sense is of another version: it is not for us. */
  private receive(line: string): void {
    let message: ToHost;
    try {
      message = parseRecord(toHost, line, 'message of the agent');
    } catch {
      return;
    }
    this.options.onMessage(message);
  }
}
