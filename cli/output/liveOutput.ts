/**
 * Output while a job runs: chunks are published as they appear and may get lost, so each carries
 * its offset; a gap is read from the node. Every byte of a rank is written once, in order.
 */
import type { BusSubscription } from '../../proto/bus.ts';
import { decodeMessage, pibatch } from '../../proto/codec.ts';
import { jobOutputSubjects } from '../../proto/subjects.ts';
import type { Session } from '../session.ts';
import { bytesOf, rankOfName, type StoredFile } from './stored.ts';

export type LiveOutputOptions = {
  readonly job: number;
  readonly ranks: number;
  /** Only this rank; undefined: all. */
  readonly rank: number | undefined;
  readonly write: (rank: number, bytes: Uint8Array) => void;
};

const CHUNK_BYTES = 64 * 1024;

export class LiveOutput {
  private readonly session: Session;
  private readonly options: LiveOutputOptions;
  private readonly written = new Map<number, number>();
  private readonly reading = new Map<number, Promise<void>>();
  private readonly subscription: BusSubscription;

  constructor(session: Session, options: LiveOutputOptions) {
    this.session = session;
    this.options = options;
    const subject = jobOutputSubjects(session.user, options.job);
    this.subscription = session.bus.subscribe(subject, ({ data }) => {
      this.receive(decodeMessage(pibatch.OutputChunk, data));
    });
  }

  /** Reads what was written before we listened. */
  async catchUp(): Promise<void> {
    await Promise.all(this.ranks().map((rank) => this.read(rank)));
  }

  /** The job runs again from its start. */
  restart(): void {
    this.written.clear();
  }

  /** What was not seen live, from the stored output of the finished job. */
  async finish(files: readonly StoredFile[]): Promise<void> {
    this.close();
    await Promise.all(this.reading.values());
    for (const file of files) {
      const rank = rankOfName(file.name);
      if (rank === undefined || !this.wants(rank) || file.content.kind === 'missing') continue;
      const from = this.written.get(rank) ?? 0;
      if (file.sizeBytes <= from) continue;
      this.put(rank, from, (await bytesOf(this.session, file)).subarray(from));
    }
  }

  close(): void {
    this.subscription.close();
  }

  private ranks(): number[] {
    return Array.from({ length: this.options.ranks }, (_, rank) => rank).filter((rank) =>
      this.wants(rank),
    );
  }

  private wants(rank: number): boolean {
    return this.options.rank === undefined || this.options.rank === rank;
  }

  private receive({ rank, offset, data }: pibatch.OutputChunk): void {
    if (!this.wants(rank)) return;
    const written = this.written.get(rank) ?? 0;
    if (offset > written) void this.read(rank);
    else if (offset + data.length > written)
      this.put(rank, written, data.subarray(written - offset));
  }

  private put(rank: number, from: number, bytes: Uint8Array): void {
    this.written.set(rank, from + bytes.length);
    this.options.write(rank, bytes);
  }

  /** One reader per rank; what cannot be read now comes with the stored output. */
  private read(rank: number): Promise<void> {
    const busy = this.reading.get(rank);
    if (busy) return busy;
    const reading = this.readOn(rank)
      .catch(() => undefined)
      .finally(() => this.reading.delete(rank));
    this.reading.set(rank, reading);
    return reading;
  }

  private async readOn(rank: number): Promise<void> {
    const { job } = this.options;
    for (;;) {
      const offset = this.written.get(rank) ?? 0;
      const chunk = await this.session.ask(
        'output',
        [pibatch.ReadJobOutput, { job, rank, offset, limit: CHUNK_BYTES }],
        pibatch.OutputChunk,
      );
      const written = this.written.get(rank) ?? 0;
      if (chunk.missing !== '' || chunk.data.length === 0) return;
      if (chunk.offset <= written && chunk.offset + chunk.data.length > written) {
        this.put(rank, written, chunk.data.subarray(written - chunk.offset));
      }
    }
  }
}
