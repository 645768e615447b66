/** What is told on stderr while a job is waited for: one line per change of state. */
import { printable } from '../format/displayWidth.ts';
import { isFinal } from '../format/state.ts';
import { jobLabel, type JobView } from '../jobView.ts';
import type { Terminal } from '../terminal.ts';

export type Progress = {
  readonly onRows: (rows: readonly JobView[]) => void;
  readonly onPresence: (present: boolean) => void;
};

/** Above this many rows only the counts by state are told. */
const MOST_SINGLE_ROWS = 4;

export function tellProgress(terminal: Terminal): Progress {
  let last = '';
  const tell = (line: string): void => {
    if (line !== last) terminal.tell(line);
    last = line;
  };
  return {
    onRows: (rows) => {
      // Ends are told with their exit codes, by the outcome.
      const open = rows.filter(({ state }) => !isFinal(state));
      if (open.length === 0) return;
      if (rows.length > MOST_SINGLE_ROWS) tell(counts(rows));
      else tell(open.map(describe).join('; '));
    },
    onPresence: (present) =>
      tell(
        present
          ? 'the scheduler answers again'
          : 'the scheduler does not answer; the job goes on, waiting for its return',
      ),
  };
}

function describe(view: JobView): string {
  const { state, reason, nodes, progress } = view;
  const where = nodes.length > 0 ? ` on ${nodes.join(',')}` : '';
  const share = progress === undefined ? '' : ` ${Math.round(progress * 100)}%`;
  const why = state === 'PENDING' && reason !== '' && reason !== 'None' ? ` (${reason})` : '';
  return printable(`job ${jobLabel(view)} ${state}${why}${where}${share}`);
}

function counts(rows: readonly JobView[]): string {
  const by = new Map<string, number>();
  for (const { state } of rows) by.set(state, (by.get(state) ?? 0) + 1);
  const texts = [...by].map(([state, count]) => `${count} ${state}`);
  return `job ${rows[0]?.arrayJob ?? rows[0]?.job}: ${texts.join(', ')}`;
}
