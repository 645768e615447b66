import { describe, expect, test } from 'vitest';
import type { JobView } from '../../cli/jobView.ts';
import { jobLabel } from '../../cli/jobView.ts';
import {
  DEFAULT_FORMAT,
  fitted,
  LONG_FORMAT,
  parseQueueFormat,
  renderQueue,
  START_FORMAT,
  withLongReasons,
} from '../../cli/queue/queueFormat.ts';
import { formatMoment } from '../../cli/format/moment.ts';
import { wishesView } from '../../cli/wishesView.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const job = (over: Partial<JobView>): JobView => ({
  job: 12,
  arrayJob: undefined,
  arrayTask: undefined,
  pendingTasks: '',
  name: 'pi-digits',
  user: 'anna',
  account: 'default',
  partition: 'main',
  state: 'PENDING',
  reason: 'Resources',
  reasonText: 'needs 4 cores, 2 are free',
  ranks: 4,
  cores: 4,
  memoryBytes: 0,
  timeLimitMs: 600_000,
  submittedMs: NOW - 60_000,
  eligibleMs: undefined,
  startedMs: undefined,
  expectedStartMs: undefined,
  endedMs: undefined,
  exitCode: 0,
  signal: 0,
  message: '',
  nodes: [],
  attempt: 0,
  restarts: 0,
  suspendedMs: 0,
  suspendedSinceMs: undefined,
  suspendedBy: '',
  progress: undefined,
  checkpoint: 0,
  checkpointMs: undefined,
  choice: undefined,
  size: undefined,
  group: '',
  comment: '',
  cancelledBy: '',
  schedule: '',
  parts: [],
  program: 'kernel pi-digits.ts',
  dependency: '',
  ...wishesView(undefined),
  ...over,
});

const QUEUE: readonly JobView[] = [
  job({
    job: 7,
    name: 'render-the-whole-film',
    state: 'RUNNING',
    reason: 'None',
    nodes: ['pi1', 'pi2', 'pi3'],
    startedMs: NOW - 3_723_000,
  }),
  job({}),
  job({ job: 20, arrayJob: 20, pendingTasks: '5-9%2', reason: 'JobArrayTaskLimit' }),
  job({
    job: 23,
    arrayJob: 20,
    arrayTask: 4,
    state: 'RUNNING',
    reason: 'None',
    nodes: ['pi4'],
    startedMs: NOW - 5000,
  }),
  job({ job: 30, name: 'evil\u001b[2Jname', reason: 'BeginTime' }),
];

function render(format: string, cells: number | undefined, long = false): string {
  const parsed = parseQueueFormat(format);
  if (!parsed.ok) throw new Error(parsed.message);
  const pieces = long ? withLongReasons(parsed.value) : parsed.value;
  const page = { rows: QUEUE, nowMs: NOW };
  return renderQueue(
    { ...page, pieces: fitted(pieces, page, cells), header: true },
    { cells, tint: (_, text) => text },
  );
}

describe('the queue', () => {
  test('in a pipe exactly in the widths of squeue', () => {
    expect(render(DEFAULT_FORMAT, undefined)).toMatchInlineSnapshot(`
      "             JOBID PARTITION     NAME     USER ST       TIME  NODES NODELIST(REASON)
                       7      main render-t     anna  R    1:02:03      3 pi[1-3]
                      12      main pi-digit     anna PD       0:00      1 (Resources)
              20_[5-9%2]      main pi-digit     anna PD       0:00      1 (JobArrayTaskLimit)
                    20_4      main pi-digit     anna  R       0:05      1 pi4
                      30      main evil?[2J     anna PD       0:00      1 (BeginTime)
      "
    `);
  });

  test('--start: when waiting jobs are to start, and N/A where nothing is foretold', () => {
    const format = parseQueueFormat(START_FORMAT);
    if (!format.ok) throw new Error(format.message);
    const rows = [job({ expectedStartMs: NOW + 60_000 }), job({ job: 13 })];
    const queue = { pieces: format.value, rows, header: false, nowMs: NOW };
    const text = renderQueue(queue, { cells: undefined, tint: (_, word) => word });
    const lines = text.split('\n').map((line) => line.trim().split(/ +/));
    expect(lines[0]?.[5]).toBe(formatMoment(NOW + 60_000));
    expect(lines[1]?.[5]).toBe('N/A');
  });

  test('at 80 columns', () => {
    const text = render(DEFAULT_FORMAT, 80);
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(text).toMatchInlineSnapshot(`
      "      JOBID PARTITION     NAME     USER ST       TIME  NODES NODELIST(REASON)
                7      main render-t     anna  R    1:02:03      3 pi[1-3]
               12      main pi-digit     anna PD       0:00      1 (Resources)
       20_[5-9%2]      main pi-digit     anna PD       0:00      1 (JobArrayTaskLimit)
             20_4      main pi-digit     anna  R       0:05      1 pi4
               30      main evil?[2J     anna PD       0:00      1 (BeginTime)
      "
    `);
  });

  test('at 120 columns names are whole', () => {
    expect(render(DEFAULT_FORMAT, 120)).toMatchInlineSnapshot(`
      "             JOBID PARTITION                  NAME     USER ST       TIME  NODES NODELIST(REASON)
                       7      main render-the-whole-film     anna  R    1:02:03      3 pi[1-3]
                      12      main             pi-digits     anna PD       0:00      1 (Resources)
              20_[5-9%2]      main             pi-digits     anna PD       0:00      1 (JobArrayTaskLimit)
                    20_4      main             pi-digits     anna  R       0:05      1 pi4
                      30      main          evil?[2Jname     anna PD       0:00      1 (BeginTime)
      "
    `);
  });

  test('long, with the numbers behind the reason', () => {
    expect(render(LONG_FORMAT, 120, true)).toMatchInlineSnapshot(`
      "             JOBID PARTITION              NAME     USER    STATE       TIME TIME_LIMI  NODES NODELIST(REASON)
                       7      main render-the-whole-     anna  RUNNING    1:02:03     10:00      3 pi[1-3]
                      12      main         pi-digits     anna  PENDING       0:00     10:00      1 (needs 4 cores, 2 are free)
              20_[5-9%2]      main         pi-digits     anna  PENDING       0:00     10:00      1 (needs 4 cores, 2 are free)
                    20_4      main         pi-digits     anna  RUNNING       0:05     10:00      1 pi4
                      30      main      evil?[2Jname     anna  PENDING       0:00     10:00      1 (needs 4 cores, 2 are free)
      "
    `);
  });

  test('formats of scripts', () => {
    const parsed = parseQueueFormat('%i|%t %5C|%.5D|%%');
    if (!parsed.ok) throw new Error(parsed.message);
    const page = { pieces: parsed.value, rows: QUEUE.slice(0, 2), header: false, nowMs: NOW };
    expect(renderQueue(page, { cells: undefined, tint: (_, text) => text })).toBe(
      '7|R 4    |    3|%\n12|PD 4    |    1|%\n',
    );
  });

  test.each([
    ['%s', "unknown field '%s'"],
    ['%i %', 'not of the form'],
    ['%.', 'not of the form'],
  ])('%s is refused', (format, problem) => {
    expect(parseQueueFormat(format)).toMatchObject({
      ok: false,
      message: expect.stringContaining(problem),
    });
  });
});

test('ids of arrays', () => {
  expect(QUEUE.map(jobLabel)).toEqual(['7', '12', '20_[5-9%2]', '20_4', '30']);
});

test("what was asked for has squeue's letters", () => {
  const wishes = wishesView({
    nodes: { least: 2, most: 4 },
    constraint: 'pi5&nvme',
    gres: [{ name: 'camera', count: 2 }],
    licenses: [{ name: 'matlab', count: 1 }],
    exclusive: true,
    contiguous: true,
    nice: 100,
    qos: 'high',
    reservation: 'lesson',
  });
  const pieces = parseQueueFormat('%D|%f|%b|%W|%q|%v|%h|%y|%O');
  if (!pieces.ok) throw new Error(pieces.message);
  const shown = (view: JobView): string =>
    renderQueue(
      { pieces: pieces.value, rows: [view], header: false, nowMs: NOW },
      { cells: undefined, tint: (_, text) => text },
    );
  expect(shown(job(wishes))).toBe('2-4|pi5&nvme|camera:2|matlab:1|high|lesson|NO|100|1\n');
  expect(shown(job({ ...wishes, nodes: ['pi1'] }))).toMatch(/^1\|/);
  expect(shown(job({}))).toBe('1|(null)|N/A|(null)|normal|(null)|OK|0|0\n');
});
