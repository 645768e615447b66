/** Sends one job or a whole sweep, says so, and with --wait stays until all have ended. */
import { EXIT } from '../failure.ts';
import { formatMoment } from '../format/moment.ts';
import type { KernelBundle } from '../jobFile/bundle.ts';
import type { ResolvedJob } from '../jobFile/resolve.ts';
import { printJson } from '../json.ts';
import type { JobView } from '../jobView.ts';
import { kernelResult } from '../output/stored.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { makeJobSpec } from './jobSpec.ts';
import { highestExitCode, outcomeJson, outcomeSentence } from './outcome.ts';
import { tellProgress } from './progress.ts';
import { scheduleJob, submitJob, type SubmittedJob } from './submitJob.ts';
import { waitForEnd } from './watchJob.ts';

export type SubmitRequest = {
  readonly jobs: readonly ResolvedJob[];
  readonly bundle: KernelBundle | undefined;
  readonly nowMs: number;
  readonly wait: boolean;
  readonly quiet: boolean;
  readonly style: 'text' | 'parsable' | 'json';
  readonly requestId: string | undefined;
};

/** Resolves to the exit code. */
export function submitAll(request: SubmitRequest, terminal: Terminal): Promise<number> {
  return withSession('pisub', async (session) => {
    const sent: { job: ResolvedJob; answer: SubmittedJob }[] = [];
    let left: ReturnType<typeof listenForInterrupt> | undefined;
    for (const [index, job] of request.jobs.entries()) {
      if (left?.signal.aborted) break;
      const makeSpec = () => makeJobSpec(job, request.bundle, session.bus);
      const requestId = sweepId(request, index);
      const options = { makeSpec, requestId, nowMs: request.nowMs };
      if (job.schedule) {
        const scheduled = await scheduleJob(session, job.schedule, options);
        tellScheduled(scheduled, request, terminal);
        continue;
      }
      const answer = await submitJob(session, options);
      sent.push({ job, answer });
      // From now on Ctrl-C leaves what runs, and names it.
      if (request.wait) left ??= listenForInterrupt();
      if (!request.wait || request.style === 'text') tellSubmitted(job, answer, request, terminal);
    }
    if (!left) {
      if (request.style === 'json') printSubmitted(sent, request, terminal);
      return EXIT.ok;
    }
    try {
      return await waitForAll(session, { sent, request, stop: left.signal }, terminal);
    } finally {
      left.off();
    }
  });
}

function listenForInterrupt(): { readonly signal: AbortSignal; readonly off: () => void } {
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt);
  return { signal: stop.signal, off: () => process.off('SIGINT', interrupt) };
}

const sweepId = ({ requestId, jobs }: SubmitRequest, index: number): string | undefined =>
  requestId === undefined || jobs.length === 1 ? requestId : `${requestId}-${index}`;

type Sent = { readonly job: ResolvedJob; readonly answer: SubmittedJob };

function tellSubmitted(
  job: ResolvedJob,
  answer: SubmittedJob,
  request: SubmitRequest,
  terminal: Terminal,
): void {
  if (request.style === 'parsable') terminal.print(`${answer.job}\n`);
  if (request.style !== 'text') return;
  terminal.print(`Submitted batch job ${answer.job}\n`);
  if (answer.repeated && !request.quiet) {
    terminal.tell(`pisub: job ${answer.job} was there already: this request had been sent before`);
  }
  const [first] = request.jobs;
  if (request.jobs.length > 1 && job === first && !request.quiet) {
    terminal.tell(
      `pisub: a sweep of ${request.jobs.length} runs: piacct speedup --group ${job.group}`,
    );
  }
}

function tellScheduled(
  scheduled: { readonly name: string; readonly nextMs: number | undefined },
  request: SubmitRequest,
  terminal: Terminal,
): void {
  const { name, nextMs } = scheduled;
  if (request.style === 'json') printJson(terminal, { schedule: name, nextMs });
  else if (request.style === 'parsable') terminal.print(`${name}\n`);
  else {
    const next = nextMs === undefined ? 'it will never run' : `next run ${formatMoment(nextMs)}`;
    terminal.print(`Scheduled recurring job ${name}; ${next}\n`);
  }
}

function printSubmitted(sent: readonly Sent[], request: SubmitRequest, terminal: Terminal): void {
  const shown = sent.map(({ job, answer }) => ({
    ...answer,
    name: job.name,
    ranks: job.ranks,
    group: job.group,
  }));
  if (shown.length === 0) return;
  printJson(terminal, request.jobs.length === 1 ? (shown[0] ?? {}) : shown);
}

async function waitForAll(
  session: Session,
  {
    sent,
    request,
    stop,
  }: {
    readonly sent: readonly Sent[];
    readonly request: SubmitRequest;
    readonly stop: AbortSignal;
  },
  terminal: Terminal,
): Promise<number> {
  const ended: JobView[][] = [];
  for (const { job, answer } of sent) {
    const silent = { onRows: () => undefined, onPresence: () => undefined };
    const rows = await waitForEnd(session, {
      job: answer.job,
      array: job.array !== undefined,
      ...(request.quiet ? silent : tellProgress(terminal)),
      stop,
    });
    if (!rows) {
      const ids = sent.map((each) => each.answer.job).join(',');
      terminal.tell(
        `pisub: left job ${ids} running; see piqueue -j ${ids}, end it with picancel ${ids}`,
      );
      return EXIT.interrupted;
    }
    ended.push([...rows]);
  }
  await report(session, { ended, request }, terminal);
  const sweep = sent.length > 1 && request.style === 'text' ? sent[0]?.job.group : undefined;
  if (sweep) {
    const { printSweepReport } = await import('../accounting/sweepReport.ts');
    await printSweepReport(session, sweep, terminal);
  }
  return highestExitCode(ended.flat());
}

async function report(
  session: Session,
  { ended, request }: { readonly ended: readonly JobView[][]; readonly request: SubmitRequest },
  terminal: Terminal,
): Promise<void> {
  const nowMs = Date.now();
  const objects: object[] = [];
  for (const rows of ended) {
    const tasks: object[] = [];
    for (const view of rows) {
      const silent = request.quiet && view.state === 'COMPLETED';
      if (request.style === 'text' && !silent) terminal.tell(outcomeSentence(view, nowMs));
      else if (request.style === 'parsable') terminal.print(`${view.job}|${view.state}\n`);
      else if (request.style === 'json')
        tasks.push(outcomeJson(view, await kernelResult(session, view.job), nowMs));
    }
    const [only] = tasks;
    if (tasks.length === 1 && only) objects.push(only);
    else if (tasks.length > 1) objects.push(arrayJson(rows, tasks));
  }
  const [only] = objects;
  if (objects.length === 1 && only) printJson(terminal, only);
  else if (objects.length > 1) printJson(terminal, { jobs: objects });
}

function arrayJson(rows: readonly JobView[], tasks: readonly object[]): object {
  const failed = rows.filter(({ state }) => state !== 'COMPLETED');
  return {
    job: rows[0]?.arrayJob ?? rows[0]?.job,
    state: failed[0]?.state ?? 'COMPLETED',
    exitCode: highestExitCode(rows),
    tasks,
  };
}
