/**
 * Waits for a job or array to end. News on the feed says when to look; a slow poll makes up for
 * news that got lost, and outlives a scheduler that is away for a while.
 */
import { feedSubject, feedSubjects } from '../../proto/subjects.ts';
import { CommandFailure, EXIT } from '../failure.ts';
import { isFinal } from '../format/state.ts';
import { type JobView, listJobs } from '../jobView.ts';
import { NoSchedulerError, type Session } from '../session.ts';

export type WatchOptions = {
  readonly job: number;
  /** Tasks of an array have ids and news of their own. */
  readonly array: boolean;
  /** Every time the rows were read, the last time included. */
  readonly onRows: (rows: readonly JobView[]) => void;
  /** The scheduler stopped or began again to answer. */
  readonly onPresence: (present: boolean) => void;
  readonly stop: AbortSignal;
};

const FIRST_POLL_MS = 1_000;
const LONGEST_POLL_MS = 20_000;
/** News may come in bursts; one look serves them all. */
const BURST_MS = 50;

/** Undefined when `stop` came first. Errors: CommandFailure when the job is not known. */
export async function waitForEnd(
  session: Session,
  options: WatchOptions,
): Promise<readonly JobView[] | undefined> {
  const { job, stop } = options;
  const bell = new Bell(stop);
  const subject = options.array ? feedSubjects(session.user) : feedSubject(session.user, job);
  const subscription = session.bus.subscribe(subject, () => bell.ring());
  try {
    let present = true;
    for (
      let pollMs = FIRST_POLL_MS;
      !stop.aborted;
      pollMs = Math.min(pollMs * 2, LONGEST_POLL_MS)
    ) {
      const rows = await look(session, job);
      if ((rows !== undefined) !== present) options.onPresence(!present);
      present = rows !== undefined;
      if (rows) {
        if (rows.length === 0) {
          throw new CommandFailure(EXIT.refused, `no job ${job} is known any more; see piacct`);
        }
        options.onRows(rows);
        if (rows.every(isOver)) return rows;
      }
      await bell.wait(pollMs);
      if (bell.rang) await bell.pause(BURST_MS);
    }
    return undefined;
  } finally {
    subscription.close();
  }
}

const isOver = ({ state, pendingTasks }: JobView): boolean => isFinal(state) && pendingTasks === '';

/** The job's rows; undefined while no scheduler answers. */
async function look(session: Session, job: number): Promise<JobView[] | undefined> {
  try {
    return await listJobs(session, { ids: [job], finished: true });
  } catch (error) {
    if (error instanceof NoSchedulerError) return undefined;
    throw error;
  }
}

/** A sleep that news or the end of waiting cut short. */
class Bell {
  rang = false;
  private readonly stop: AbortSignal;
  private wake: (() => void) | undefined;

  constructor(stop: AbortSignal) {
    this.stop = stop;
    stop.addEventListener('abort', () => this.wake?.(), { once: true });
  }

  ring(): void {
    this.rang = true;
    this.wake?.();
  }

  /** Returns at once when it rang since the last pause. */
  async wait(milliseconds: number): Promise<void> {
    if (!this.rang) await this.sleep(milliseconds);
  }

  async pause(milliseconds: number): Promise<void> {
    await this.sleep(milliseconds);
    this.rang = false;
  }

  private async sleep(milliseconds: number): Promise<void> {
    if (this.stop.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = undefined;
  }
}
