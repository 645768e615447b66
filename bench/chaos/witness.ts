/**
 * What the ranks themselves wrote: one line at their start, one at their end. The judge of a
 * chaos run; it believes nobody else.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Row = { readonly job: number; readonly state: string; readonly attempts: number };
export type Verdict = {
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
};

/** A rank's program: says that it runs and, `seconds` later, that it ended by itself. */
export const witnessCommand = (folder: string, seconds: string): readonly string[] => {
  const name = '$PIBATCH_JOB_ID.$PIBATCH_ATTEMPT.$PIBATCH_RANK';
  const say = (word: string): string => `echo ${word} ${name} $(date +%s%N) >> ${folder}/lines`;
  return ['sh', '-c', `${say('start')}; sleep ${seconds}; ${say('end')}`];
};

/** What may become of a job that does nothing wrong in a cluster where everything else does. */
const EXPECTED: ReadonlySet<string> = new Set(['COMPLETED', 'FAILED', 'NODE_FAIL']);
const LIVE: ReadonlySet<string> = new Set(['PENDING', 'CONFIGURING', 'RUNNING', 'COMPLETING']);

type Run = { readonly attempt: number; starts: number; ends: number; fromNs: bigint; toNs: bigint };

/** `rows`: how the scheduler says that the acknowledged jobs ended. */
export function judge(
  folder: string,
  acknowledged: readonly number[],
  rows: readonly Row[],
): Verdict {
  const runs = readRuns(join(folder, 'lines'));
  const lost: string[] = [];
  const doubled: string[] = [];
  const byId = new Map(rows.map((row) => [row.job, row]));
  for (const id of acknowledged) {
    if (!byId.has(id)) lost.push(`job ${id} was acknowledged and is unknown`);
  }
  for (const [name, attempts] of runs) {
    for (const run of attempts) {
      if (run.starts > 1) doubled.push(`${name} attempt ${run.attempt} began ${run.starts} times`);
    }
    const ordered = attempts.toSorted((a, b) => a.attempt - b.attempt);
    for (const [at, run] of ordered.entries()) {
      const before = ordered[at - 1];
      if (before && before.toNs > run.fromNs) doubled.push(`${name}: two attempts at a time`);
    }
  }
  const live = rows.filter(({ state }) => LIVE.has(state));
  for (const { job, state } of live) lost.push(`job ${job} never ended: ${state}`);
  for (const { job, state } of rows) {
    if (!LIVE.has(state) && !EXPECTED.has(state)) lost.push(`job ${job} ended as ${state}`);
    const ended = [...runs].filter(([name]) => name.startsWith(`${job}.`));
    const isWell = ended.length > 0 && ended.every(([, all]) => all.some(({ ends }) => ends > 0));
    if (state === 'COMPLETED' && !isWell)
      lost.push(`job ${job} is COMPLETED, its ranks did not end`);
  }
  return { lost, doubled };
}

function readRuns(path: string): ReadonlyMap<string, Run[]> {
  const runs = new Map<string, Run[]>();
  for (const line of readFileSync(path, 'utf8').trim().split('\n')) {
    const [word, name = '', ns = '0'] = line.split(' ');
    const [job, attempt, rank] = name.split('.');
    const all = runs.get(`${job}.${rank}`) ?? [];
    runs.set(`${job}.${rank}`, all);
    let run = all.find((one) => one.attempt === Number(attempt));
    if (!run) {
      run = { attempt: Number(attempt), starts: 0, ends: 0, fromNs: BigInt(ns), toNs: 0n };
      all.push(run);
    }
    if (word === 'start') run.starts += 1;
    else run.ends += 1;
    if (BigInt(ns) > run.toNs) run.toNs = BigInt(ns);
  }
  return runs;
}

/** Processes that still have the run's folder in their command line. */
export function processesOf(folder: string): readonly number[] {
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(folder) ? [pid] : [];
    } catch {
      return [];
    }
  });
}
