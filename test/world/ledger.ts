/**
 * A second bookkeeper: reads every event as it is recorded and knows nothing of the machine.
 * What it says was broken at that event: a core held twice, a state left that is final, an
 * attempt begun beside another, a promise to the user that the ranks did not keep.
 */
import type { Event } from '../../scheduler/model/event.ts';
import type { PartId } from '../../scheduler/model/ids.ts';
import { partKey } from '../../scheduler/model/ids.ts';
import type { Job, JobEnd } from '../../scheduler/model/job.ts';
import type { Part } from '../../scheduler/model/part.ts';
import type { Observer } from './observer.ts';
import { endedWell } from './observer.ts';

type Entry = {
  readonly requeue: boolean;
  throttle: number;
  readonly array: number | undefined;
  attempt: number;
  failures: number;
  held: boolean;
  over: boolean;
  parts: readonly Part[];
  readonly open: Set<number>;
  readonly running: Set<number>;
};

export class Ledger {
  readonly broken: string[] = [];
  private readonly observer: Observer;
  private readonly requeueLimit: number;
  private readonly jobs = new Map<number, Entry>();
  private readonly requests = new Map<string, number>();
  private readonly cores = new Map<string, string>();
  private readonly epochs = new Map<string, number>();
  private readonly activeTasks = new Map<number, number>();
  private lastMs = 0;

  constructor(observer: Observer, requeueLimit: number) {
    this.observer = observer;
    this.requeueLimit = requeueLimit;
  }

  read(event: Event): void {
    this.must(event.atMs >= this.lastMs, `${event.kind} happened before the event before it`);
    this.lastMs = event.atMs;
    switch (event.kind) {
      case 'jobSubmitted':
        return this.submitted(event.job);
      case 'arrayTaskSplit':
        return this.split(event);
      case 'jobUpdated':
        return this.change(event.job, (entry) => {
          entry.throttle = event.request.array?.throttle ?? Infinity;
        });
      case 'jobHeld':
        return this.change(event.job, (entry) => (entry.held = true));
      case 'jobReleased':
        return this.change(event.job, (entry) => (entry.held = false));
      case 'jobAllocated':
        return this.change(event.job, (entry) => this.allocated(entry, event));
      case 'partStarted':
        return this.change(event.part.job, (entry) => this.partStarted(entry, event.part));
      case 'partEnded':
        return this.change(event.part.job, (entry) => this.partEnded(entry, event));
      case 'jobRequeued':
        return this.change(event.job, (entry) => this.requeued(entry, event));
      case 'jobFinished':
        return this.change(event.job, (entry) => this.finished(entry, event.job, event.end));
      case 'nodeJoined':
        return void this.epochs.set(event.node, event.epoch);
      case 'nodeFenced':
        return this.fenced(event.node, event.epoch);
      default:
        return undefined;
    }
  }

  private must(holds: boolean, otherwise: string): void {
    if (!holds) this.broken.push(otherwise);
  }

  private change(job: number, action: (entry: Entry) => void): void {
    const entry = this.jobs.get(job);
    if (!entry) this.broken.push(`nobody knows job ${job}`);
    else {
      this.must(!entry.over, `job ${job} is over and changes`);
      action(entry);
    }
  }

  private submitted(job: Job): void {
    this.must(!this.jobs.has(job.id), `job ${job.id} exists twice`);
    const key = `${job.user} ${job.requestId}`;
    this.must(!this.requests.has(key), `request ${key} became two jobs`);
    this.requests.set(key, job.id);
    this.jobs.set(job.id, blank(job.request, job.task?.array));
  }

  private split({ array, job }: Extract<Event, { kind: 'arrayTaskSplit' }>): void {
    const entry = this.jobs.get(array);
    if (!entry) return void this.broken.push(`nobody knows array ${array}`);
    this.must(job === array || !this.jobs.has(job), `job ${job} exists twice`);
    const request = { requeue: entry.requeue, array: { throttle: entry.throttle } };
    this.jobs.set(job, blank(request, array));
  }

  private allocated(entry: Entry, event: Extract<Event, { kind: 'jobAllocated' }>): void {
    const { job, attempt, parts } = event;
    this.must(entry.open.size === 0, `job ${job} has an open attempt and begins another`);
    this.must(!entry.held, `job ${job} is held and starts`);
    this.must(attempt > entry.attempt, `job ${job} begins attempt ${attempt} again`);
    this.must(entry.attempt === 0 || entry.requeue, `job ${job} may not be rerun`);
    this.must(entry.failures <= this.requeueLimit, `job ${job} failed too often to start`);
    entry.attempt = attempt;
    entry.parts = parts;
    for (const [index, part] of parts.entries()) {
      const key = partKey({ job, attempt, part: index });
      this.must(part.epoch === this.epochs.get(part.node), `${key} has epoch ${part.epoch}`);
      entry.open.add(index);
      for (const core of part.cores) {
        const holder = this.cores.get(`${part.node} ${core}`);
        this.must(holder === undefined, `core ${core} of ${part.node}: ${holder} and ${key}`);
        this.cores.set(`${part.node} ${core}`, key);
      }
    }
    if (entry.array !== undefined) this.countTasks(entry.array, entry);
  }

  /** 14: no array has more tasks at work than it may. */
  private countTasks(array: number, task: Entry): void {
    // What the record says counts, as long as it is there: it may be updated.
    const { throttle } = this.jobs.get(array) ?? task;
    const active = (this.activeTasks.get(array) ?? 0) + 1;
    this.activeTasks.set(array, active);
    this.must(active <= throttle, `array ${array} runs ${active} tasks, not ${throttle}`);
  }

  private partStarted(entry: Entry, id: PartId): void {
    const fresh = entry.open.has(id.part) && !entry.running.has(id.part);
    this.must(fresh && id.attempt === entry.attempt, `${partKey(id)} started out of turn`);
    entry.running.add(id.part);
  }

  private partEnded(entry: Entry, event: Extract<Event, { kind: 'partEnded' }>): void {
    const { part: id, node, end } = event;
    const key = partKey(id);
    const unexplained = end.outcome.kind === 'lost' && end.outcome.why === undefined;
    const keeps = unexplained && !this.observer.isForgetful(node);
    this.must(!keeps, `${key} is called lost, though ${node} never lost its disk`);
    this.must(!this.observer.isAlive(id), `${key} lives and is called over: ${end.outcome.kind}`);
    this.must(id.attempt === entry.attempt && entry.open.delete(id.part), `${key} ended twice`);
    const part = entry.parts[id.part];
    for (const core of part?.cores ?? []) {
      const name = `${part?.node} ${core}`;
      this.must(this.cores.get(name) === key, `${key} releases core ${core} of another`);
      this.cores.delete(name);
    }
  }

  private requeued(entry: Entry, event: Extract<Event, { kind: 'jobRequeued' }>): void {
    this.must(entry.open.size === 0, `job ${event.job} waits again while parts are open`);
    this.must(entry.requeue || !event.counted, `job ${event.job} may not be requeued`);
    entry.failures += event.counted ? 1 : 0;
    this.close(entry);
  }

  private finished(entry: Entry, job: number, end: JobEnd): void {
    this.must(entry.open.size === 0, `job ${job} is over while parts are open`);
    const ends = entry.parts.map((_, part) =>
      this.observer.endOf({ job, attempt: entry.attempt, part } as PartId),
    );
    const isWell = end.state !== 'COMPLETED' || ends.every(endedWell);
    this.must(isWell, `job ${job} is COMPLETED, its ranks did not end well`);
    // The host ends its ranks at their limit: an order to do so must not come before that.
    const kinds = ends.map((one) => one?.kind);
    const isDue = !kinds.includes('killed') || kinds.includes('timeLimit');
    this.must(isDue || end.state !== 'TIMEOUT', `job ${job} is TIMEOUT before its time`);
    this.close(entry);
    entry.over = true;
  }

  private close(entry: Entry): void {
    if (entry.array !== undefined && entry.parts.length > 0) {
      this.activeTasks.set(entry.array, (this.activeTasks.get(entry.array) ?? 0) - 1);
    }
    entry.parts = [];
    entry.running.clear();
  }

  private fenced(node: string, epoch: number): void {
    this.must(epoch > (this.epochs.get(node) ?? 0), `${node} is fenced to epoch ${epoch}`);
    this.epochs.set(node, epoch);
    for (const name of this.cores.keys()) {
      this.must(!name.startsWith(`${node} `), `${node} is fenced, its core ${name} is held`);
    }
  }
}

type Asked = {
  readonly requeue: boolean;
  readonly array?: { readonly throttle?: number | undefined } | undefined;
};

const blank = (request: Asked, array: number | undefined): Entry => ({
  requeue: request.requeue,
  throttle: request.array?.throttle ?? Infinity,
  array,
  attempt: 0,
  failures: 0,
  held: false,
  over: false,
  parts: [],
  open: new Set(),
  running: new Set(),
});
