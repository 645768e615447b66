/** What reading a file of runs answers, and the limits of it. */
import type { ReadFault } from './readFault.ts';
import type { SpeedupRun } from './run.ts';

export type ReadRuns =
  | {
      readonly ok: true;
      readonly runs: readonly SpeedupRun[];
      readonly warnings: readonly ReadFault[];
    }
  | { readonly ok: false; readonly faults: readonly ReadFault[] };

export const MOST_ROWS = 200_000;
const MOST_FAULTS = 20;

export function refusedRuns(faults: readonly ReadFault[]): ReadRuns {
  if (faults.length <= MOST_FAULTS) return { ok: false, faults };
  const more = {
    line: undefined,
    column: undefined,
    message: `and ${faults.length - MOST_FAULTS} more`,
  };
  return { ok: false, faults: [...faults.slice(0, MOST_FAULTS), more] };
}

/** A run that repeats an earlier one in every field takes its id, so that it is counted once. */
export function finishRuns(runs: readonly SpeedupRun[], warnings: readonly ReadFault[]): ReadRuns {
  const seen = new Map<string, string>();
  const all = [...warnings];
  const kept = runs.map((run) => {
    const { id, ...content } = run;
    const key = JSON.stringify(content);
    const first = seen.get(key);
    if (first === undefined) {
      seen.set(key, id);
      return run;
    }
    const message = `${id} repeats ${first} in every field and is counted once`;
    all.push({ line: undefined, column: undefined, message });
    return { ...run, id: first };
  });
  return { ok: true, runs: kept, warnings: all };
}
