/** What a finished job came to: the object of `pisub --wait --json`, and one sentence for people. */
import { printable } from '../format/displayWidth.ts';
import { formatBrief } from '../format/duration.ts';
import { elapsedMsOf, exitText, jobLabel, type JobView, shellExitCode } from '../jobView.ts';
import type { KernelResult } from '../output/stored.ts';

/** `result` is the kernel's return value; null for scripts and commands. */
export function outcomeJson(view: JobView, result: KernelResult, nowMs: number): object {
  return {
    job: view.job,
    task: view.arrayTask,
    name: view.name,
    state: view.state,
    exitCode: view.exitCode,
    signal: view.signal,
    reason: view.reason,
    message: view.message || undefined,
    result: result.kind === 'value' ? result.value : undefined,
    resultMissing: result.kind === 'missing' ? result.why : undefined,
    elapsedMs: elapsedMsOf(view, nowMs),
    ranks: view.ranks,
    nodes: view.nodes,
    submittedMs: view.submittedMs,
    startedMs: view.startedMs,
    endedMs: view.endedMs,
    attempt: view.attempt,
    restarts: view.restarts,
    group: view.group || undefined,
    size: view.size,
  };
}

/** `job 12 COMPLETED after 3.21s`; with the reason and message of one that failed. */
export function outcomeSentence(view: JobView, nowMs: number): string {
  const label = `job ${jobLabel(view)}`;
  const after =
    view.startedMs === undefined ? '' : ` after ${formatBrief(elapsedMsOf(view, nowMs))}`;
  if (view.state === 'COMPLETED') return `${label} COMPLETED${after}`;
  const reason = view.reason === '' || view.reason === 'None' ? '' : `, ${view.reason}`;
  const by = view.cancelledBy === '' ? '' : ` by ${view.cancelledBy}`;
  const message = view.message === '' ? '' : `: ${view.message}`;
  return printable(
    `${label} ${view.state}${by}${after} (exit ${exitText(view)}${reason})${message}`,
  );
}

/** Several jobs or tasks: the highest, as Slurm has it. */
export const highestExitCode = (views: readonly JobView[]): number =>
  Math.max(0, ...views.map(shellExitCode));
