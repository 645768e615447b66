/**
 * One process that floods: requests without patience, half of them submits and half questions for all jobs. What
 * is not answered is not sent again, new ones follow. A process of its own, so that what its own event loop
 * does delays nobody whose waiting is measured.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectBus } from '../../proto/bus.ts';
import { encodeMessage, pibatch } from '../../proto/codec.ts';
import { readConnection } from '../../proto/connection.ts';
import { userSubject } from '../../proto/subjects.ts';
import { TRUE_JOB } from '../../test/scheduler/live/stage.ts';

export type Flooded = { readonly sent: number; readonly answered: number; readonly ms: number };

const TICK_MS = 5;
const PATIENCE_MS = 2_000;

/** In the child: floods until its standard input ends, then prints one JSON object. */
export async function floodUntilTold(options: {
  readonly connectionPath: string;
  readonly name: string;
  readonly rate: number;
}): Promise<void> {
  const { connectionPath, name, rate } = options;
  const connection = readConnection(connectionPath);
  const bus = await connectBus({ connection, name, waitForBroker: false, onTrouble: () => {} });
  const over = new AbortController();
  process.stdin.resume().once('end', () => over.abort());
  const user = connection.principal.name;
  const began = performance.now();
  let [sent, answered] = [0, 0];
  while (!over.signal.aborted) {
    const due = ((performance.now() - began) / 1_000) * rate;
    for (; sent < due; sent += 1) {
      const isSubmit = sent % 2 === 0;
      const body = isSubmit
        ? encodeMessage(pibatch.Submit, { requestId: `${name}-${sent}`, spec: TRUE_JOB })
        : encodeMessage(pibatch.ListJobs, { finished: true });
      const subject = userSubject(user, isSubmit ? 'submit' : 'jobs');
      bus
        .request(subject, body, { deadlineMs: PATIENCE_MS, retry: false })
        .then(() => (answered += 1))
        .catch(() => undefined);
    }
    await sleep(TICK_MS);
  }
  const flooded: Flooded = { sent, answered, ms: performance.now() - began };
  process.stdout.write(`${JSON.stringify(flooded)}\n`);
  process.exit(0);
}

/** In the bench: such a child. */
export class FloodClient {
  private readonly child: ChildProcess;
  private said = '';

  constructor(connectionPath: string, name: string, rate: number) {
    const bench = process.argv[1] ?? '';
    const options = ['--client', connectionPath, '--name', name, '--rate', String(rate)];
    this.child = spawn(process.execPath, [bench, 'flood', ...options], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.said += text));
  }

  async stop(): Promise<Flooded> {
    const gone = once(this.child, 'close');
    this.child.stdin?.end();
    await gone;
    return JSON.parse(this.said);
  }
}
