/** Runs from CSV: a header line, then one run a line. Every fault with its line and column. */
import { type CsvRow, parseCsv } from './csvText.ts';
import type { ReadFault } from './readFault.ts';
import { finishRuns, MOST_ROWS, type ReadRuns, refusedRuns } from './readRunsResult.ts';
import { type SpeedupRun, siftableRun } from './run.ts';
import { knownFields, type RunDraft, type RunField, runField } from './runFields.ts';

export function readRunsCsv(text: string): ReadRuns {
  const table = parseCsv(text, { mostRows: MOST_ROWS });
  if (!table.ok) return refusedRuns([table.fault]);
  const [header, ...rows] = table.rows;
  if (!header) return refusedRuns([{ line: 1, column: 1, message: 'the file is empty' }]);
  const { fields, faults, warnings } = readHeader(header);
  if (rows.length === 0) {
    faults.push({ line: header.line, column: 1, message: 'no run below the header' });
  }
  if (faults.length > 0) return refusedRuns(faults);
  const runs: SpeedupRun[] = [];
  for (const row of rows) {
    const read = readRow(row, fields);
    if ('id' in read) runs.push(read);
    else faults.push(...read);
  }
  return faults.length > 0 ? refusedRuns(faults) : finishRuns(runs, warnings);
}

type Header = {
  readonly fields: readonly (RunField | undefined)[];
  readonly faults: ReadFault[];
  readonly warnings: readonly ReadFault[];
};

function readHeader({ line, cells }: CsvRow): Header {
  const faults: ReadFault[] = [];
  const warnings: ReadFault[] = [];
  const fields = cells.map(({ text }) => runField(text));
  cells.forEach(({ text, column }, index) => {
    const field = fields[index];
    if (!field) {
      const message = `column '${text}' is not used (known: ${knownFields()})`;
      warnings.push({ line, column, message });
    } else if (fields.indexOf(field) < index) {
      faults.push({ line, column, message: `a second column for ${field.name}: '${text}'` });
    }
  });
  for (const needed of NEEDED) {
    if (fields.some((field) => field?.name === needed)) continue;
    const there = cells.map(({ text }) => text.trim()).join(', ');
    faults.push({ line, column: 1, message: `no column '${needed}'; there are: ${there}` });
  }
  return { fields, faults, warnings };
}

const NEEDED: readonly string[] = ['ranks', 'seconds'];

/** The run, or what is wrong with the line. */
function readRow(
  { line, cells }: CsvRow,
  fields: readonly (RunField | undefined)[],
): SpeedupRun | readonly ReadFault[] {
  if (cells.length !== fields.length) {
    const message = `${cells.length} columns where the header has ${fields.length}`;
    return [{ line, column: 1, message }];
  }
  const faults: ReadFault[] = [];
  const draft: RunDraft = {};
  cells.forEach(({ text, column }, index) => {
    const field = fields[index];
    const empty = text.trim() === '';
    if (!field || (empty && !NEEDED.includes(field.name))) return;
    const wrong = empty ? 'is empty' : field.set(draft, text);
    if (wrong) faults.push({ line, column, message: `${field.name} '${text}' ${wrong}` });
  });
  return faults.length > 0 ? faults : siftableRun(draft, `line ${line}`);
}
