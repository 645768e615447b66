import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fillHistory, FIRST_MS, SWEEP, YEAR_MS } from './manyJobs.ts';
import type { pibatch } from '../../../proto/codec.ts';
import { History } from '../../../scheduler/live/history.ts';
import { jobPage } from '../../../scheduler/live/jobQuery.ts';
import { Journal } from '../../../scheduler/live/journal.ts';
import { ProgressBoard } from '../../../scheduler/live/progress.ts';
import { nodeLosses } from '../../../scheduler/live/nodeLosses.ts';
import { usageReport } from '../../../scheduler/live/usageQuery.ts';
import { createCluster } from '../../../scheduler/machine/cluster.ts';
import { DEFAULT_SETTINGS } from '../../../scheduler/model/defaultSettings.ts';

/** More jobs than one page looks at. */
const JOBS = 45_000;
const folder = mkdtempSync(join(tmpdir(), 'pibatch-large-'));
let journal: Journal;
let history: History;
beforeAll(() => {
  journal = new Journal(join(folder, 'pibatch.db'), { nowMs: FIRST_MS });
  fillHistory(journal.database, JOBS);
  history = new History(journal.database);
});
afterAll(() => {
  journal.close();
  rmSync(folder, { recursive: true });
});

const rowsOf = (sql: string): number[] =>
  journal.database.prepare<[], number>(`SELECT job FROM job WHERE ${sql}`).pluck().all();

function paged(query: pibatch.ListJobs.$Properties) {
  const cluster = createCluster(DEFAULT_SETTINGS, 1);
  const sources = { cluster, history, progress: new ProgressBoard() };
  const found: number[] = [];
  let [pages, after] = [0, 0];
  do {
    const page = jobPage(sources, { ...query, finished: true, after, withoutRanks: true });
    found.push(...(page.jobs ?? []).map(({ job }) => job ?? 0));
    after = page.nextAfter ?? 0;
    pages += 1;
  } while (after > 0);
  return { found, pages };
}

describe('pages look at a bounded number of jobs and lose none', () => {
  const late = FIRST_MS + YEAR_MS - 10 * 86_400_000;
  const early = FIRST_MS + 86_400_000;
  test.each<[string, pibatch.ListJobs.$Properties, string]>([
    ['nothing fits', { account: 'none' }, 'FALSE'],
    [
      'few of a user fit',
      { user: 'user3', states: ['FAILED'] },
      "user = 'user3' AND state = 'FAILED'",
    ],
    ['by name', { name: 'name7' }, "name = 'name7'"],
    ['by sweep and user', { group: SWEEP, user: 'user0' }, `sweep = '${SWEEP}' AND user = 'user0'`],
    ['the last days', { sinceMs: late }, `ended_ms >= ${late}`],
    [
      'most of a year',
      { sinceMs: early, account: 'account3' },
      `ended_ms >= ${early} AND account = 'account3'`,
    ],
    [
      'a day of long ago',
      { sinceMs: early, untilMs: early + 86_400_000 },
      `ended_ms >= ${early} AND submitted_ms <= ${early + 86_400_000}`,
    ],
    ['single jobs', { ids: [7, 44_000, 99_999] }, 'job IN (7, 44000)'],
  ])('%s', (_, query, sql) => {
    const { found } = paged(query);
    expect(found).toEqual(rowsOf(sql).sort((a, b) => a - b));
  });

  test('a page may be empty and not the last', () => {
    expect(paged({ account: 'none' })).toEqual({ found: [], pages: 3 });
  });

  test('the time of nodes is that of the newest jobs, moment by moment', () => {
    const parts = journal.database
      .prepare<[], { readonly node: string; readonly from: number; readonly to: number }>(
        `SELECT node, part.started_ms AS "from", part.ended_ms AS "to"
         FROM part JOIN job USING (job) ORDER BY job.ended_ms DESC LIMIT 5000`,
      )
      .all();
    const until = new Map<string, number>();
    let nodeMs = 0;
    for (const { node, from, to } of parts.sort((a, b) => a.from - b.from)) {
      const begin = Math.max(from, until.get(node) ?? 0);
      nodeMs += Math.max(0, to - begin);
      until.set(node, Math.max(to, begin));
    }
    expect(nodeLosses(journal.database)).toEqual({ nodeMs, losses: 0 });
  });

  test('sums of the pages are those of all jobs', () => {
    const sums = { jobs: 0, coreMs: 0, held: 0, cpu: 0, pages: 0 };
    let after: pibatch.UsageCursor.$Properties | null = null;
    do {
      const page: pibatch.UsageReport.$Properties = usageReport(journal.database, {
        by: ['name', 'user'],
        energy: true,
        after,
      });
      for (const row of page.rows ?? []) {
        sums.jobs += row.jobs ?? 0;
        sums.coreMs += row.coreMs ?? 0;
      }
      for (const use of page.boards ?? []) {
        sums.held += (use.heldMs ?? 0) * (use.cores ?? 0);
        sums.cpu += use.cpuMs ?? 0;
      }
      sums.pages += 1;
      after = page.nextAfter ?? null;
    } while (after);
    const one = (sql: string): unknown => journal.database.prepare(sql).pluck().get();
    expect(sums).toEqual({
      jobs: JOBS,
      coreMs: one('SELECT sum(cores * (ended_ms - started_ms)) FROM part'),
      held: one('SELECT sum(cores * elapsed_ms) FROM part'),
      cpu: one('SELECT sum(cpu_ms) FROM rank_usage'),
      pages: 9,
    });
  });
});
