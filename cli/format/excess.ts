/** A limit and its numbers as a sentence. */
import type { Excess } from '../../scheduler/model/limit.ts';
import { formatElapsed } from './duration.ts';

/** `ada in QoS high: 2 jobs run, of at most 2; this one would add 1`. */
export function excessText({ of, used, wanted, limit, whose }: Excess): string {
  switch (of) {
    case 'maxRunningJobs':
      return `${whose}: ${jobs(used)} ${used === 1 ? 'runs' : 'run'}, of at most ${limit}`;
    case 'maxSubmittedJobs':
      return `${whose}: ${jobs(used)} in the queue or running, of at most ${limit}; this would add ${wanted}`;
    case 'maxCores':
      return `${whose}: ${cores(used)} in use, of at most ${limit}; this needs ${wanted}`;
    case 'maxCoreMinutesRunning':
      return `${whose}: ${minutes(used)} core-minutes may still run, of at most ${limit}; this needs ${minutes(wanted)}`;
    case 'maxCoresPerJob':
      return `${whose}: ${cores(wanted)} wanted, of at most ${limit} for a job`;
    case 'maxNodesPerJob':
      return `${whose}: ${wanted} nodes wanted, of at most ${limit} for a job`;
    case 'maxTimeMs':
      return `${whose}: a time limit of ${limitText(wanted)} wanted, of at most ${limitText(limit)}`;
    case 'maxArrayTasks':
      return `${whose}: ${wanted} array tasks wanted, of at most ${limit}`;
  }
}

const jobs = (count: number): string => `${count} job${count === 1 ? '' : 's'}`;
const cores = (count: number): string => `${count} core${count === 1 ? '' : 's'}`;
const minutes = (value: number | null): string =>
  value === null || value === Infinity ? 'unlimited' : String(Math.ceil(value));
const limitText = (ms: number | null): string =>
  ms === null || ms === Infinity ? 'UNLIMITED' : formatElapsed(ms);
