/** `pilogs --follow`: output as it appears, until the job ends or the user leaves. */
import { EXIT } from '../failure.ts';
import { type JobView, shellExitCode } from '../jobView.ts';
import type { Session } from '../session.ts';
import { outcomeSentence } from '../submit/outcome.ts';
import { waitForEnd } from '../submit/watchJob.ts';
import type { Terminal } from '../terminal.ts';
import { LiveOutput } from './liveOutput.ts';
import { rankLines } from './rankLines.ts';
import { listStored } from './stored.ts';

/** Resolves to the exit code of the job. */
export async function followJob(
  session: Session,
  options: { readonly view: JobView; readonly rank: number | undefined; readonly label: boolean },
  terminal: Terminal,
): Promise<number> {
  const { view, rank, label } = options;
  const { job, ranks } = view;
  const lines = rankLines({
    ranks: rank === undefined ? ranks : 1,
    label,
    print: (bytes) => terminal.print(bytes),
  });
  const live = new LiveOutput(session, { job, ranks, rank, write: lines.write });
  const stop = new AbortController();
  const leave = (): void => stop.abort();
  process.once('SIGINT', leave);
  try {
    let attempt = 0;
    const rows = await waitForEnd(session, {
      job,
      array: false,
      onRows: (found) => {
        const now = found.find((each) => each.job === job);
        if (!now || now.state !== 'RUNNING' || now.attempt === attempt) return;
        if (attempt > 0) live.restart();
        attempt = now.attempt;
        void live.catchUp();
      },
      onPresence: (present) =>
        terminal.tell(
          present ? 'pilogs: the scheduler answers again' : 'pilogs: the scheduler is away',
        ),
      stop: stop.signal,
    });
    const ended = rows?.find((each) => each.job === job);
    if (!ended) {
      lines.end();
      terminal.tell(`pilogs: left; job ${job} goes on`);
      return EXIT.interrupted;
    }
    await live.finish((await listStored(session, job)).files);
    lines.end();
    if (ended.state !== 'COMPLETED') terminal.tell(`pilogs: ${outcomeSentence(ended, Date.now())}`);
    return shellExitCode(ended);
  } finally {
    live.close();
    process.off('SIGINT', leave);
  }
}
