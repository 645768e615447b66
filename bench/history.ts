/**
 * `npm run bench -- history`: the accounting's questions to a million finished jobs, in a journal of
 * the real schema filled by SQL. Each is answered as the scheduler does (pages of encoded rows) and
 * read as piacct does, without the broker; `ms` is the best of three, warm, and `holdMs` how long one page of
 * it keeps the scheduler from its work. Options: `--jobs N` (1000000).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { analyseGroups } from '../accounting/speedup/analyseGroups.ts';
import { DETAILED_RUNS } from '../cli/accounting/speedupRuns.ts';
import { speedupRuns } from '../cli/accounting/usage.ts';
import { type JobView, jobView } from '../cli/jobView.ts';
import { decodeMessage, encodeMessage, pibatch } from '../proto/codec.ts';
import { History } from '../scheduler/live/history.ts';
import { jobPage, type JobSources } from '../scheduler/live/jobQuery.ts';
import { Journal } from '../scheduler/live/journal.ts';
import { ProgressBoard } from '../scheduler/live/progress.ts';
import { usageReport } from '../scheduler/live/usageQuery.ts';
import { createCluster } from '../scheduler/machine/cluster.ts';
import { DEFAULT_SETTINGS } from '../scheduler/model/defaultSettings.ts';
import { fillHistory, FIRST_MS, SWEEP, YEAR_MS } from '../test/scheduler/live/manyJobs.ts';
import { wholeNumberAfter } from './wholeNumberAfter.ts';

const DAY_MS = 86_400_000;
const ROUNDS = 3;

export async function run(argv: string[]): Promise<unknown> {
  const jobs = wholeNumberAfter(argv, '--jobs') ?? 1_000_000;
  const folder = mkdtempSync(join(tmpdir(), 'pibatch-history-'));
  try {
    const journal = new Journal(join(folder, 'pibatch.db'), { nowMs: FIRST_MS });
    const began = performance.now();
    fillHistory(journal.database, jobs);
    const filledMs = Math.round(performance.now() - began);
    process.stderr.write(`${jobs} jobs in ${filledMs} ms\n`);
    const answers = questions(journal).map(measure);
    journal.close();
    return { name: 'history', jobs, filledMs, ok: answers.every(({ ms }) => ms < 1_000), answers };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Question = { readonly name: string; readonly ask: () => number };

function questions(journal: Journal): Question[] {
  const history = new History(journal.database);
  const cluster = createCluster(DEFAULT_SETTINGS, 1);
  const sources: JobSources = { cluster, history, progress: new ProgressBoard() };
  const middleMs = FIRST_MS + YEAR_MS / 2;
  const day = (sinceMs: number) => ({ finished: true, sinceMs, untilMs: sinceMs + DAY_MS });
  return [
    {
      name: 'piacct of the last day',
      ask: () => pages(sources, day(FIRST_MS + YEAR_MS - DAY_MS)).length,
    },
    { name: 'piacct of a day half a year ago', ask: () => pages(sources, day(middleMs)).length },
    {
      name: 'piacct of a user, one week',
      ask: () =>
        pages(sources, { ...day(middleMs), untilMs: middleMs + 7 * DAY_MS, user: 'user3' }).length,
    },
    {
      name: 'piacct of all jobs of an account without any',
      ask: () => pages(sources, { finished: true, account: 'none' }).length,
    },
    {
      name: 'report --by account of a month',
      ask: () => reported(journal, { sinceMs: middleMs, untilMs: middleMs + 30 * DAY_MS }),
    },
    {
      name: 'report --by account of a year',
      ask: () => reported(journal, { sinceMs: FIRST_MS }),
    },
    {
      name: 'speedup of a group of 10,000 runs',
      ask: () => {
        const query = { finished: true, group: SWEEP };
        const runs = speedupRuns(pages(sources, query, DETAILED_RUNS), Date.now());
        return analyseGroups(runs, {}).whole.usedRuns.length;
      },
    },
  ];
}

/** As cli/accounting/usageSums.ts adds them up. */
function reported(journal: Journal, window: pibatch.GetUsage.$Properties): number {
  let jobs = 0;
  let after: pibatch.UsageCursor.$Properties | null = null;
  do {
    const ask: pibatch.GetUsage.$Properties = { ...window, by: ['account'], energy: true, after };
    const page: pibatch.UsageReport.$Properties = held(() => usageReport(journal.database, ask));
    for (const row of page.rows ?? []) jobs += row.jobs ?? 0;
    after = page.nextAfter ?? null;
  } while (after);
  return jobs;
}

/** What a question holds up the scheduler, longest of its pages; of the measured rounds, the least. */
let longestHoldMs = 0;
function held<T>(answer: () => T): T {
  const began = performance.now();
  const page = answer();
  longestHoldMs = Math.max(longestHoldMs, performance.now() - began);
  return page;
}

/** As cli/jobView.ts asks for them, and the scheduler answers. */
function pages(
  sources: JobSources,
  query: pibatch.ListJobs.$Properties,
  detailed = Number.POSITIVE_INFINITY,
): JobView[] {
  const views: JobView[] = [];
  for (let after = 0; ; ) {
    const ask = { ...query, limit: 500, after, withoutRanks: views.length >= detailed };
    const bytes = held(() => encodeMessage(pibatch.JobPage, jobPage(sources, ask)));
    const page = decodeMessage(pibatch.JobPage, bytes);
    for (const row of page.jobs) views.push(jobView(pibatch.JobRow.create(row)));
    if (page.nextAfter <= after) return views;
    after = page.nextAfter;
  }
}

function measure({ name, ask }: Question) {
  let ms = Number.POSITIVE_INFINITY;
  let holdMs = Number.POSITIVE_INFINITY;
  let rows = 0;
  for (let round = 0; round <= ROUNDS; round++) {
    const began = performance.now();
    longestHoldMs = 0;
    rows = ask();
    if (round === 0) continue;
    ms = Math.min(ms, Math.round(performance.now() - began));
    holdMs = Math.min(holdMs, Math.round(longestHoldMs));
  }
  process.stderr.write(`${name}: ${ms} ms, pages of at most ${holdMs} ms, ${rows}\n`);
  return { name, ms, holdMs, rows };
}
