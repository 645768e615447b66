import { describe, expect, test } from 'vitest';
import { type Column, formatParsable, formatTable } from '../../cli/format/table.ts';

type Job = { readonly id: number; readonly name: string; readonly state: string };
const jobs: readonly Job[] = [
  { id: 1, name: 'pi-digits', state: 'RUNNING' },
  { id: 123, name: 'a very long name indeed', state: 'PENDING' },
];
const columns: readonly Column<Job>[] = [
  { title: 'JOBID', text: (job) => String(job.id), align: 'right' },
  { title: 'NAME', text: (job) => job.name, leastCells: 8 },
  { title: 'STATE', text: (job) => job.state, drop: 1 },
];

describe('a table', () => {
  test('is as wide as its cells when nothing limits it', () => {
    expect(formatTable(columns, jobs, {})).toBe(
      'JOBID NAME                    STATE\n' +
        '    1 pi-digits               RUNNING\n' +
        '  123 a very long name indeed PENDING\n',
    );
  });

  test('first shortens, then drops, to fit', () => {
    expect(formatTable(columns, jobs, { cells: 30 })).toBe(
      'JOBID NAME             STATE\n' +
        '    1 pi-digits        RUNNING\n' +
        '  123 a very long nam+ PENDING\n',
    );
    expect(formatTable(columns, jobs, { cells: 20 })).toBe(
      'JOBID NAME\n    1 pi-digits\n  123 a very long n+\n',
    );
  });

  test('a name of a million characters costs nothing', () => {
    const row = [{ id: 1, name: 'x'.repeat(1_000_000), state: 'y'.repeat(1000) }];
    const wide = columns.map((column) => ({ ...column, leastCells: 5 }));
    expect(formatTable(wide, row, { cells: 25 }).split('\n')[1]).toBe('    1 xxxxxxxx+ yyyyyyyy+');
  });

  test('can leave out the header, and rule it as sacct does', () => {
    expect(formatTable(columns, jobs.slice(0, 1), { header: false })).toBe('1 pi-digits RUNNING\n');
    const fixed = [{ title: 'JobID', text: (job: Job) => job.name, fixedCells: 7 }];
    expect(formatTable(fixed, jobs, { rule: true })).toBe('JobID\n-------\npi-dig+\na very+\n');
  });

  test('counts cells, not characters, and passes no control character', () => {
    const row = [{ id: 1, name: '漢字\u001b[2J', state: 'x' }];
    expect(formatTable(columns, row, {})).toBe('JOBID NAME     STATE\n    1 漢字?[2J x\n');
  });

  test('is printed for scripts as -p and -P do', () => {
    expect(formatParsable(columns, jobs, { trailing: true })).toBe(
      'JOBID|NAME|STATE|\n1|pi-digits|RUNNING|\n123|a very long name indeed|PENDING|\n',
    );
    expect(formatParsable(columns, jobs.slice(0, 1), { trailing: false, header: false })).toBe(
      '1|pi-digits|RUNNING\n',
    );
  });
});
