import { join } from 'node:path';
import { ownRanks } from '../record/plannedRanks.ts';
import type { PartPlan, PlannedPart } from '../record/partPlan.ts';
import { startCommandRank } from './commandRank.ts';
import { partTag, rankEnvironment } from './environment.ts';
import type { GroupBase } from '../process/memoryGroup.ts';
import { continueProcesses, stopProcesses } from '../process/stopProcesses.ts';
import type { PartFolder } from '../record/partFolder.ts';
import { coresOfRank } from './pinning.ts';
import { outputName } from './rankOutput.ts';
import type { RankStarter } from './rankStarter.ts';
import type { UsageMeter } from './usageMeter.ts';

/**
 * Commands run once per rank, as under srun. A script is run by its rank 0 only
 * (scriptStarter.ts), and drives all the cores that the job has on its node.
 */
export function commandStarter(options: {
  readonly plan: PartPlan;
  readonly part: PlannedPart;
  readonly folder: PartFolder;
  readonly meter: UsageMeter;
  readonly groupBase: GroupBase | undefined;
}): RankStarter {
  const { plan, part, folder, meter, groupBase } = options;
  const { program } = plan;
  const isScript = program.kind === 'script';
  const args = program.kind === 'command' ? program.args : [];
  const scriptArgs = program.kind === 'script' ? program.args : [];
  return {
    ranks: ownRanks(plan),
    prepare: () => Promise.resolve(),
    wire: () => undefined,
    start: (rank) =>
      startCommandRank({
        rank,
        args: isScript ? [folder.script, ...scriptArgs] : args,
        environment: rankEnvironment({ plan, rank, folder }, process.env),
        folder: folder.work,
        outputPath: join(folder.output, outputName(rank)),
        cores: isScript ? allCores(plan, part) : coresOfRank(plan, rank),
        groupBase,
        groupName: `${process.pid}-${partTag(plan)}.${rank}`,
        memoryBytes: plan.memoryPerRankBytes * (isScript ? part.ranks : 1),
        onStarted: (process_) => meter.startProcess(rank, process_),
        onReaped: () => meter.processReaped(rank),
      }),
    inHost: false,
    stop: () => stopProcesses(folder.root, meter.processes),
    goOn: () => continueProcesses(folder.root, meter.processes),
    abort: () => undefined,
    stored: () => undefined,
    collectiveUsage: () => undefined,
    collectives: () => undefined,
    segments: async () => undefined,
    hasResult: () => false,
    close: () => Promise.resolve(),
  };
}

const allCores = (plan: PartPlan, part: PlannedPart): readonly number[] =>
  coresOfRank(plan, ownRanks(plan)[0] ?? 0).length > 0 ? part.cores : [];
