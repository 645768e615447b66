/** The report that `pisub --scale ... --wait` ends with. */
import { analyseSpeedup } from '../../accounting/speedup/analyse.ts';
import { splitRuns } from '../../accounting/speedup/group.ts';
import { speedupReport } from '../format/speedupReport.ts';
import { listJobs } from '../jobView.ts';
import type { Session } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { DETAILED_RUNS } from './speedupRuns.ts';
import { speedupRuns } from './usage.ts';

export async function printSweepReport(
  session: Session,
  group: string,
  terminal: Terminal,
): Promise<void> {
  const views = await listJobs(session, { group, finished: true }, DETAILED_RUNS);
  const reports = splitRuns(speedupRuns(views, Date.now())).map((runs) =>
    speedupReport(analyseSpeedup(runs, {}), { cells: terminal.cells, ascii: !hasUnicode() }),
  );
  terminal.print(reports.join('\n'));
}

export const hasUnicode = (): boolean => {
  const { LC_ALL, LC_CTYPE, LANG } = process.env;
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
};
