import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DataPlane } from '../../collectives/wiring.ts';
import type { PartAddress } from '../../collectives/partAddress.ts';
import { continueProcesses, stopProcesses } from '../process/stopProcesses.ts';
import type { PartFolder } from '../record/partFolder.ts';
import { ownRanks, plannedRanks } from '../record/plannedRanks.ts';
import type { PartPlan, PlannedPart } from '../record/partPlan.ts';
import { rankEnvironment } from './environment.ts';
import { startKernelRank } from './kernelRank.ts';
import { coresOfRank, pinThread } from './pinning.ts';
import { outputName } from './rankOutput.ts';
import { HostCheckpoints } from './hostCheckpoints.ts';
import type { RankStarter } from './rankStarter.ts';
import type { UsageMeter } from './usageMeter.ts';

/** Kernels: one worker thread per rank on the data plane of the part. */
export type KernelStarterOptions = {
  readonly plan: PartPlan;
  readonly part: PlannedPart;
  readonly folder: PartFolder;
  readonly meter: UsageMeter;
  readonly threadFile: string;
  /** The part can be reached there by its peers; undefined for a part without peers. */
  readonly onListening: (address: PartAddress | undefined) => void;
  readonly onWired: () => void;
  readonly onProgress: (fraction: number) => void;
  /** All ranks of the part have written their states of this checkpoint. */
  readonly onCheckpoint: (sequence: number) => void;
};

export function kernelStarter(options: KernelStarterOptions): RankStarter {
  const { plan } = options;
  const checkpoints = new HostCheckpoints(options);
  let plane: DataPlane | undefined;
  let giveAddresses: (peers: readonly PartAddress[]) => void = () => undefined;
  const addresses = new Promise<readonly PartAddress[]>((done) => {
    giveAddresses = done;
  });
  return {
    ranks: ownRanks(plan),
    wire: (peers) => giveAddresses(peers),
    prepare: async () => {
      plane = await openPlane(plan);
      options.onListening(plane.address);
      if (plan.parts.length > 1) await plane.connect(await addresses);
      options.onWired();
    },
    start: (rank) => {
      if (!plane) throw new Error(`rank ${rank} started before its data plane`);
      return startRank(rank, { plane, checkpoints }, options);
    },
    inHost: true,
    stop: () => {
      plane?.rest(true);
      stopProcesses(options.folder.root, []);
    },
    goOn: () => {
      continueProcesses(options.folder.root, []);
      plane?.rest(false);
    },
    stored: (sequence) => checkpoints.stored(sequence),
    abort: (cause) => plane?.abort(cause),
    collectiveUsage: (rank) => plane?.usageOf(rank),
    collectives: () => plane?.kinds(),
    segments: async () => plane?.segments(),
    hasResult: () => existsSync(options.folder.result),
    close: async () => plane?.close(),
  };
}

/** Loaded here and not at the start: commands do without. Throws DataPlaneError. */
async function openPlane(plan: PartPlan): Promise<DataPlane> {
  const { openDataPlane } = await import('../../collectives/dataPlane.ts');
  const partOfRank: number[] = [];
  for (const [part, ranks] of plannedRanks(plan).entries())
    for (const rank of ranks) partOfRank[rank] = part;
  return openDataPlane({
    attempt: `${plan.id.job}.${plan.id.attempt}`,
    part: plan.id.part,
    partOfRank,
    weights: partOfRank.map((part) => plan.parts[part]?.weight ?? 1),
    secret: Buffer.from(plan.secretHex, 'hex'),
    listenHost: plan.listenHost,
  });
}

function startRank(
  rank: number,
  { plane, checkpoints }: { readonly plane: DataPlane; readonly checkpoints: HostCheckpoints },
  options: KernelStarterOptions,
) {
  const { plan, folder, meter } = options;
  return startKernelRank({
    rank,
    plane,
    threadFile: options.threadFile,
    kernelPath: folder.kernel,
    kernelName: plan.program.kind === 'kernel' ? plan.program.file : '',
    paramsJson: plan.paramsJson,
    environment: rankEnvironment({ plan, rank, folder }, process.env),
    outputPath: join(folder.output, outputName(rank)),
    resultPath: folder.result,
    memoryBytes: plan.memoryPerRankBytes,
    onThread: (thread) => {
      meter.startThread(rank, thread);
      pinThread(thread, coresOfRank(plan, rank));
    },
    onCpu: (cpuMs) => meter.threadEnded(rank, cpuMs),
    onProgress: options.onProgress,
    checkpoints: checkpoints.order,
    onCheckpoint: (sequence) => checkpoints.written(sequence),
  });
}
