/** Runs from JSON: an array of objects, or {"runs": [...]}. Every fault with its line and column. */
import {
  type JsonNode,
  parseJsonText,
  type PlaceOf,
  placeFinder,
  valueOfNode,
} from './jsonText.ts';
import type { ReadFault } from './readFault.ts';
import { finishRuns, MOST_ROWS, type ReadRuns, refusedRuns } from './readRunsResult.ts';
import { type SpeedupRun, siftableRun } from './run.ts';
import { knownFields, type RunDraft, runField } from './runFields.ts';

export function readRunsJson(text: string): ReadRuns {
  const parsed = parseJsonText(text);
  if (!parsed.ok) return refusedRuns([parsed.fault]);
  const placeOf = placeFinder(text);
  const list = listOf(parsed.node);
  const whole = (message: string): ReadRuns =>
    refusedRuns([{ ...placeOf(parsed.node.at), message }]);
  if (!list) return whole('no array of runs');
  if (list.length === 0) return whole('no run in the array');
  if (list.length > MOST_ROWS) return whole(`more than ${MOST_ROWS} runs`);
  const faults: ReadFault[] = [];
  const unused = new Map<string, ReadFault>();
  const runs: SpeedupRun[] = [];
  for (const [index, node] of list.entries()) {
    const read = readRun(node, { name: `run ${index + 1}`, placeOf, unused });
    if ('id' in read) runs.push(read);
    else faults.push(...read);
  }
  return faults.length > 0 ? refusedRuns(faults) : finishRuns(runs, [...unused.values()]);
}

function listOf(node: JsonNode): readonly JsonNode[] | undefined {
  if (node.kind === 'array') return node.items;
  if (node.kind !== 'object') return undefined;
  const runs = node.entries.find(({ key }) => key === 'runs')?.value;
  return runs?.kind === 'array' ? runs.items : undefined;
}

type Reading = {
  readonly name: string;
  readonly placeOf: PlaceOf;
  /** Warnings by key, collected over all runs. */
  readonly unused: Map<string, ReadFault>;
};

/** The run, or what is wrong with it. */
function readRun(node: JsonNode, reading: Reading): SpeedupRun | readonly ReadFault[] {
  const { name, placeOf, unused } = reading;
  const fault = (at: number, message: string): ReadFault => ({ ...placeOf(at), message });
  if (node.kind !== 'object') return [fault(node.at, `${name} is not an object`)];
  const faults: ReadFault[] = [];
  const draft: RunDraft = {};
  const given = new Set<string>();
  for (const { key, at, value } of node.entries) {
    const content = valueOfNode(value);
    if (content === null) continue;
    const field = runField(key);
    if (!field) {
      if (!unused.has(key)) {
        unused.set(key, fault(at, `key '${key}' is not used (known: ${knownFields()})`));
      }
      continue;
    }
    given.add(field.name);
    const wrong = field.set(draft, content);
    if (wrong) faults.push(fault(value.at, `${key} ${JSON.stringify(content)} ${wrong}`));
  }
  for (const needed of ['ranks', 'seconds']) {
    if (!given.has(needed)) faults.push(fault(node.at, `${name} has no '${needed}'`));
  }
  return faults.length > 0 ? faults : siftableRun(draft, name);
}
