/**
 * `piacct speedup --from`: runs measured elsewhere, as CSV (a header line, then one run a line) or JSON
 * (an array of objects, or {"runs": [...]}). Pure text in; runs, or every fault with its place.
 */
import { readRunsCsv } from './readRunsCsv.ts';
import { readRunsJson } from './readRunsJson.ts';
import { type ReadRuns, refusedRuns } from './readRunsResult.ts';

export function readRuns(text: string): ReadRuns {
  const start = text.replace(/^\uFEFF/, '').trimStart();
  if (start === '') return refusedRuns([{ line: 1, column: 1, message: 'the file is empty' }]);
  return start.startsWith('[') || start.startsWith('{')
    ? readRunsJson(text.replace(/^\uFEFF/, ''))
    : readRunsCsv(text);
}
