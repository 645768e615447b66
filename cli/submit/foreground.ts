/** A job whose output is shown while it runs and which ends with the terminal's Ctrl-C. */
import { pibatch } from '../../proto/codec.ts';
import { EXIT } from '../failure.ts';
import type { KernelBundle } from '../jobFile/bundle.ts';
import type { ResolvedJob } from '../jobFile/resolve.ts';
import { printJson } from '../json.ts';
import { type JobView, shellExitCode } from '../jobView.ts';
import { LiveOutput } from '../output/liveOutput.ts';
import { rankLines } from '../output/rankLines.ts';
import { kernelResult, listStored } from '../output/stored.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { makeJobSpec } from './jobSpec.ts';
import { outcomeJson, outcomeSentence } from './outcome.ts';
import { submitJob } from './submitJob.ts';
import { waitForEnd } from './watchJob.ts';

export type ForegroundRequest = {
  readonly job: ResolvedJob;
  readonly bundle: KernelBundle | undefined;
  readonly nowMs: number;
  readonly label: boolean;
  readonly quiet: boolean;
  /** One object on stdout at the end; what the ranks print goes to stderr. */
  readonly json: boolean;
};

/** Resolves to the exit code of the job. */
export function runForeground(request: ForegroundRequest, terminal: Terminal): Promise<number> {
  const { job, bundle, nowMs } = request;
  return withSession('pirun', async (session) => {
    const makeSpec = () => makeJobSpec(job, bundle, session.bus);
    const { job: id } = await submitJob(session, { makeSpec, requestId: undefined, nowMs });
    return showUntilEnd(session, { id, request }, terminal);
  });
}

type Running = { readonly id: number; readonly request: ForegroundRequest };

async function showUntilEnd(
  session: Session,
  { id, request }: Running,
  terminal: Terminal,
): Promise<number> {
  const { ranks } = request.job;
  const tell = (line: string): void => {
    if (!request.quiet) terminal.tell(`pirun: ${line}`);
  };
  const print = (bytes: Uint8Array): void =>
    request.json ? void process.stderr.write(bytes) : terminal.print(bytes);
  const lines = rankLines({ ranks, label: request.label, print });
  const live = new LiveOutput(session, { job: id, ranks, rank: undefined, write: lines.write });
  const interrupt = cancelOnInterrupt(session, id, tell);
  try {
    const rows = await waitForEnd(session, {
      job: id,
      array: false,
      onRows: attemptWatcher({ live, ranks, tell }),
      onPresence: (present) =>
        tell(present ? 'the scheduler answers again' : `the scheduler is away; job ${id} goes on`),
      stop: interrupt.left,
    });
    const [view] = rows ?? [];
    if (!view) return EXIT.interrupted;
    await live.finish((await listStored(session, id)).files);
    lines.end();
    if (request.json)
      printJson(terminal, outcomeJson(view, await kernelResult(session, id), Date.now()));
    else if (view.state === 'COMPLETED') await printResult(session, { id, request }, terminal);
    else tell(outcomeSentence(view, Date.now()));
    return interrupt.cancelled() ? EXIT.interrupted : shellExitCode(view);
  } finally {
    live.close();
    interrupt.off();
  }
}

const MOST_CAUGHT_UP_RANKS = 64;

/** Says why the job waits, and reads what a new attempt wrote before we listened. */
function attemptWatcher(options: {
  readonly live: LiveOutput;
  readonly ranks: number;
  readonly tell: (line: string) => void;
}): (rows: readonly JobView[]) => void {
  const { live, ranks, tell } = options;
  let attempt = 0;
  let waiting = '';
  return ([view]) => {
    if (!view) return;
    const why = view.state === 'PENDING' ? view.reason : '';
    if (why !== waiting && why !== '' && why !== 'None') {
      tell(`job ${view.job} waits: ${view.reasonText || view.reason}`);
    }
    waiting = why;
    if (view.state !== 'RUNNING' || view.attempt === attempt) return;
    if (attempt > 0) {
      tell(`job ${view.job} runs again (attempt ${view.attempt})`);
      live.restart();
    }
    attempt = view.attempt;
    if (ranks <= MOST_CAUGHT_UP_RANKS) void live.catchUp();
  };
}

async function printResult(
  session: Session,
  { id, request }: Running,
  terminal: Terminal,
): Promise<void> {
  if (request.job.program.kind !== 'kernel') return;
  const result = await kernelResult(session, id);
  if (result.kind === 'missing') terminal.tell(`pirun: the result is missing: ${result.why}`);
  if (result.kind !== 'value' || result.value === null) return;
  if (typeof result.value === 'object') printJson(terminal, result.value);
  else terminal.print(`${JSON.stringify(result.value)}\n`);
}

type Interrupt = {
  readonly left: AbortSignal;
  readonly cancelled: () => boolean;
  readonly off: () => void;
};

/** The first Ctrl-C cancels and waits for the end; the second leaves at once. */
function cancelOnInterrupt(session: Session, id: number, tell: (line: string) => void): Interrupt {
  const left = new AbortController();
  let cancelled = false;
  const interrupt = (): void => {
    if (cancelled) {
      tell(`left; job ${id} is being cancelled`);
      left.abort();
      return;
    }
    cancelled = true;
    tell(`cancelling job ${id} (once more Ctrl-C leaves at once)`);
    session
      .ask('cancel', [pibatch.JobCommand, { job: id }], pibatch.Done)
      .catch((error: unknown) => tell(error instanceof Error ? error.message : String(error)));
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, interrupt);
  return {
    left: left.signal,
    cancelled: () => cancelled,
    off: () => {
      for (const signal of signals) process.off(signal, interrupt);
    },
  };
}
