/** `piacct efficiency JOB...`: how well a job used what it was given. */
import { attemptEfficiency } from '../../accounting/efficiency.ts';
import type { Arguments } from '../command.ts';
import { badInput, EXIT } from '../failure.ts';
import { isFinal } from '../format/state.ts';
import { jobNumbers, readJobReferences } from '../jobIds.ts';
import { jobLabel, listJobs } from '../jobView.ts';
import { printJson } from '../json.ts';
import { withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { checkpointsOf, nodeLossesFor } from './checkpoints.ts';
import { showEfficiencies } from './efficiencies.ts';
import { efficiencyReport } from './efficiencyReport.ts';
import { powerInForce, powerOptions } from './power.ts';
import { energyOf } from './rows.ts';
import { attemptUsage, collectiveKinds, popOf } from './usage.ts';

/** Resolves to the exit code. */
export async function showEfficiency(
  words: readonly string[],
  args: Arguments,
  terminal: Terminal,
): Promise<number> {
  const references = readJobReferences(words);
  if (references.length === 0 && args.text('name') !== undefined)
    return showEfficiencies(args, terminal);
  if (references.length === 0)
    throw badInput('efficiency needs a job or --name NAME; piacct lists them');
  const { rows, power, losses } = await withSession('piacct', async (session) => {
    const listed = await listJobs(session, { ids: jobNumbers(references), finished: true });
    return {
      rows: listed,
      power: powerOptions(await powerInForce(session)),
      losses: await nodeLossesFor(session, listed),
    };
  });
  const views = references.map(({ job, task }) => {
    const found = rows.filter(
      (view) =>
        (view.job === job || view.arrayJob === job) &&
        (task === undefined || view.arrayTask === task),
    );
    const name = task === undefined ? job : `${job}_${task}`;
    if (found.length === 0) throw badInput(`no job ${name} is known; piacct lists them`);
    const ended = found.filter(({ state }) => isFinal(state));
    if (ended.length === 0)
      throw badInput(`job ${name} is ${found[0]?.state}; its usage is known at its end`);
    return ended;
  });
  const all = views.flat().map((view) => ({
    view,
    efficiency: attemptEfficiency(attemptUsage(view)),
    energy: energyOf(view, power),
    checkpoints: losses && checkpointsOf(view, losses),
  }));
  if (args.flag('json')) {
    printJson(
      terminal,
      all.map(({ view, efficiency, energy, checkpoints }) => ({
        job: view.job,
        label: jobLabel(view),
        state: view.state,
        ...efficiency,
        energy,
        collectives: collectiveKinds(view),
        pop: popOf(view),
        checkpoints,
      })),
    );
    return EXIT.ok;
  }
  terminal.print(all.map(({ view, ...found }) => efficiencyReport(view, found)).join('\n'));
  return EXIT.ok;
}
