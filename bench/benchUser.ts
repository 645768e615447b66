import { setTimeout as sleep } from 'node:timers/promises';
import { askPatiently } from '../cli/patience.ts';
import { type Bus, connectBus } from '../proto/bus.ts';
import { decodeMessage, encodeMessage, pibatch } from '../proto/codec.ts';
import { readConnection } from '../proto/connection.ts';
import { userSubject, type UserVerb } from '../proto/subjects.ts';

export type JobTimes = {
  readonly state: string;
  readonly submittedMs: number;
  /** When the first rank ran. */
  readonly startedMs: number;
  /** When the scheduler had recorded the end. */
  readonly endedMs: number;
};

const POLL_MS = 25;
const ATTEMPT_MS = 5_000;
const DEADLINE_MS = 60_000;

const NOTHING: pibatch.JobSpec.$Properties = {
  name: 'true',
  command: { args: ['true'] },
  ranks: 1,
  coresPerRank: 1,
  timeLimitMs: 60_000,
};
const LIVE = ['PENDING', 'CONFIGURING', 'RUNNING', 'COMPLETING'];

/** The scheduler said no. */
export class BenchRefusal extends Error {
  override readonly name = 'BenchRefusal';
  readonly code: string;
  constructor(verb: string, refusal: pibatch.Refusal.$Properties) {
    super(`${verb} was refused: ${JSON.stringify(refusal)}`);
    this.code = refusal.code ?? '';
  }
}

/** A user who submits `true` and reads the times from the accounting. */
export class BenchUser {
  private readonly bus: Bus;
  private readonly name: string;

  private readonly attemptMs: number;

  private constructor(bus: Bus, name: string, attemptMs: number) {
    this.bus = bus;
    this.name = name;
    this.attemptMs = attemptMs;
  }

  /** `attemptMs`: silence after which a request is sent again. */
  static async connect(
    connectionPath: string,
    { attemptMs = ATTEMPT_MS }: { readonly attemptMs?: number } = {},
  ): Promise<BenchUser> {
    const connection = readConnection(connectionPath);
    const onTrouble = (): void => undefined;
    const bus = await connectBus({ connection, name: 'bench', waitForBroker: true, onTrouble });
    return new BenchUser(bus, connection.principal.name, attemptMs);
  }

  /** Returns the job id. Throws BenchRefusal. */
  async submit(requestId: string, spec: pibatch.JobSpec.$Properties = NOTHING): Promise<number> {
    const body = await this.ask('submit', encodeMessage(pibatch.Submit, { requestId, spec }));
    return decodeMessage(pibatch.Submitted, body).job;
  }

  /** Waits for the end of all these jobs. */
  async finished(ids: readonly number[], signal: AbortSignal): Promise<JobTimes[]> {
    const wanted = new Set(ids);
    while (await this.anyLive(wanted)) await sleep(POLL_MS, undefined, { signal });
    const after = Math.min(...ids) - 1;
    const rows = await this.list({ finished: true, after }, Math.max(...ids));
    return rows.filter(({ job }) => wanted.has(job ?? 0)).map(timesOf);
  }

  async countLive(): Promise<number> {
    return (await this.list({ states: LIVE })).length;
  }

  /** The oldest jobs that are not over. */
  async firstJobs(limit: number): Promise<readonly pibatch.JobRow.$Properties[]> {
    const body = await this.ask('jobs', encodeMessage(pibatch.ListJobs, { states: LIVE, limit }));
    return decodeMessage(pibatch.JobPage, body).jobs;
  }

  async hasStarted(job: number): Promise<boolean> {
    const [row] = await this.list({ ids: [job], finished: true });
    return row !== undefined && !['PENDING', 'CONFIGURING'].includes(row.state ?? '');
  }

  /** Resolves when every node has reported since then. */
  async heardSince(sinceMs: number, pollMs: number): Promise<void> {
    for (;;) {
      const body = await this.ask('nodes', encodeMessage(pibatch.ListNodes, {}));
      const { nodes } = decodeMessage(pibatch.NodeList, body);
      if (nodes.every(({ heardMs }) => (heardMs ?? 0) >= sinceMs)) return;
      await sleep(pollMs);
    }
  }

  /** Waits until no job is live, at most `waitMs`; then how all jobs there are ended. */
  async rest(waitMs: number) {
    const untilMs = performance.now() + waitMs;
    while (performance.now() < untilMs && (await this.countLive()) > 0) await sleep(10 * POLL_MS);
    const rows = [...(await this.list({ states: LIVE })), ...(await this.list({ finished: true }))];
    return rows.map(({ job, state, attempt }) => ({
      job: job ?? 0,
      state: state ?? '',
      attempts: attempt ?? 0,
    }));
  }

  async close(): Promise<void> {
    await this.bus.close();
  }

  private async anyLive(wanted: ReadonlySet<number>): Promise<boolean> {
    const rows = await this.list({ states: LIVE });
    return rows.some(({ job }) => wanted.has(job ?? 0));
  }

  private async list(
    ask: pibatch.ListJobs.$Properties,
    last = Number.POSITIVE_INFINITY,
  ): Promise<pibatch.JobRow.$Properties[]> {
    const rows: pibatch.JobRow.$Properties[] = [];
    for (let after = ask.after ?? 0; after < last; ) {
      const body = await this.ask('jobs', encodeMessage(pibatch.ListJobs, { ...ask, after }));
      const page = decodeMessage(pibatch.JobPage, body);
      rows.push(...page.jobs);
      if (page.nextAfter === 0) break;
      after = page.nextAfter;
    }
    return rows;
  }

  private async ask(verb: UserVerb, data: Uint8Array): Promise<Uint8Array> {
    const options = { deadlineMs: DEADLINE_MS, attemptMs: this.attemptMs, retry: true };
    const send = async (): Promise<pibatch.Reply> =>
      decodeMessage(
        pibatch.Reply,
        await this.bus.request(userSubject(this.name, verb), data, options),
      );
    const { refusal, body } = await askPatiently(send, () => undefined);
    if (refusal || !body) throw new BenchRefusal(verb, refusal ?? {});
    return body;
  }
}

function timesOf(row: pibatch.JobRow.$Properties): JobTimes {
  const startedMs = row.parts?.at(-1)?.startedMs ?? 0;
  return {
    state: row.state ?? '',
    submittedMs: row.submittedMs ?? 0,
    startedMs: startedMs || (row.endedMs ?? 0),
    endedMs: row.endedMs ?? 0,
  };
}
