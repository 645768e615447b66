/** What a user's finished runs say of how long a moldable job will take, for the machine to choose by. */
import type Database from 'better-sqlite3';
import { boardWeights } from '../../accounting/speedup/boardWeights.ts';
import { learnCurve } from '../../accounting/speedup/learn.ts';
import type { RuntimeCurve } from '../../accounting/speedup/moldable.ts';
import type { SpeedupRun } from '../../accounting/speedup/run.ts';
import type { UserName } from '../model/ids.ts';
import type { JobRequest } from '../model/request.ts';
import { programText } from './programText.ts';

/** The newest runs count; older ones were of another program, or on other boards. */
const MOST_RUNS = 100;
/** Among so many of the last jobs of the name, whoever's. */
const LOOKED_THROUGH = 5_000;

const CURVES_KEPT = 200;

type Run = { readonly job: number; readonly ranks: number; readonly cores: number };
type Part = {
  readonly job: number;
  readonly ranks: number;
  readonly model: string;
  readonly weight: number;
  readonly elapsed_ms: number;
  readonly throttled: number | null;
};

export class Learned {
  readonly #runs: Database.Statement<[string, number, string, string, number | null, number], Run>;
  readonly #parts: Database.Statement<[string], Part>;
  /** A fit takes milliseconds: until another of the jobs has ended it holds. */
  readonly #known = new Map<
    string,
    { readonly newest: number; readonly curve: RuntimeCurve | undefined }
  >();

  constructor(database: Database.Database) {
    this.#runs = database.prepare(
      `SELECT job, ranks, cores FROM (
         SELECT job, user, program, size, state, ranks, cores FROM job
         WHERE name = ? ORDER BY job DESC LIMIT ?)
       WHERE user = ? AND program = ? AND size IS ? AND state = 'COMPLETED' LIMIT ?`,
    );
    this.#parts = database.prepare(
      `SELECT job, part.ranks, model, weight, elapsed_ms, throttled FROM part
       JOIN job USING (job, attempt)
       WHERE job IN (SELECT value FROM json_each(?)) AND elapsed_ms > 0 ORDER BY job, part`,
    );
  }

  /** Undefined when too few runs of the same user, name, program and size fit together. */
  curve(user: UserName, { name, program, size }: JobRequest): RuntimeCurve | undefined {
    const text = programText(program);
    const jobs = this.#runs.all(name, LOOKED_THROUGH, user, text, size ?? null, MOST_RUNS);
    const newest = jobs[0]?.job;
    if (newest === undefined) return undefined;
    const key = JSON.stringify([user, name, text, size]);
    const known = this.#known.get(key);
    this.#known.delete(key);
    const learned =
      known?.newest === newest ? known : { newest, curve: learnCurve(this.#speedupRuns(jobs)) };
    this.#known.set(key, learned);
    const [oldest] = this.#known.keys();
    if (this.#known.size > CURVES_KEPT && oldest !== undefined) this.#known.delete(oldest);
    return learned.curve;
  }

  #speedupRuns(jobs: readonly Run[]): readonly SpeedupRun[] {
    const parts = this.#parts.all(JSON.stringify(jobs.map(({ job }) => job)));
    const ran = jobs.map((run) => ({ ...run, parts: parts.filter(({ job }) => job === run.job) }));
    const weights = boardWeights(ran.map((run) => run.parts));
    return ran.map((run, index) => ({
      id: `${run.job}`,
      ranks: run.ranks,
      seconds: Math.max(0, ...run.parts.map(({ elapsed_ms: ms }) => ms)) / 1000,
      nodes: run.parts.length,
      ranksPerNode: Math.max(1, ...run.parts.map(({ ranks }) => ranks)),
      threadsPerRank: run.cores / run.ranks,
      weights: weights?.[index],
      model: [...new Set(run.parts.map(({ model }) => model))].sort().join(' + '),
      throttled: run.parts.some(({ throttled }) => throttled === 1),
    }));
  }
}
