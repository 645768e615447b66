import type { PartFolder } from '../record/partFolder.ts';
import { ownRanks } from '../record/plannedRanks.ts';
import type { PartPlan } from '../record/partPlan.ts';

/**
 * The environment of a rank: a few variables of the node, the job's own, then what says which
 * rank this is. Nothing else of the agent's environment is seen by a job.
 *
 * | PIBATCH_ | |
 * |---|---|
 * | JOB_ID JOB_NAME USER CLUSTER_NAME PARTITION ACCOUNT | the job |
 * | ATTEMPT RESTART_COUNT | 1, 2, ... for each requeue; requeues so far |
 * | ARRAY_JOB_ID ARRAY_TASK_ID | for a task of an array |
 * | RANK SIZE | this rank, 0 to SIZE-1, and the number of ranks |
 * | LOCAL_RANK LOCAL_SIZE | the same among the ranks of this node |
 * | NODE NODE_INDEX NODES NODE_LIST | this node, its index, how many, their names |
 * | RANKS_PER_NODE | for each node, in the order of NODE_LIST |
 * | CPUS_PER_RANK CPUS_ON_NODE MEMORY_PER_RANK | cores of a rank, of the job here; bytes |
 * | TIME_LIMIT | seconds; absent without a limit |
 * | SUBMIT_DIR SUBMIT_HOST | where the job was submitted |
 * | PART PART_FOLDER | this node's share, job.attempt.part; its folder, by which all its processes are found |
 *
 * The SLURM_* names that scripts read have the same values; what the job asked for beyond that is
 * in them too (SLURM_JOB_START_TIME and SLURM_JOB_END_TIME in seconds of the epoch, the latter as its time limit
 * was at the start and only with one; SLURM_NTASKS_PER_NODE, SLURM_JOB_DEPENDENCY ..., part/askedVariables.ts). With them Open MPI and Hydra would
 * look for a Slurm that is not there, so the last four variables tell their launchers otherwise.
 */
export type RankPlace = {
  readonly plan: PartPlan;
  readonly rank: number;
  readonly folder: PartFolder;
};

const INHERITED = /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_[A-Z]+|TZ)$/;
const MIB = 2 ** 20;

export function inheritedEnvironment(own: NodeJS.ProcessEnv): Record<string, string> {
  const kept = Object.entries(own).filter(([name]) => INHERITED.test(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, value ?? '']));
}

export function rankEnvironment(place: RankPlace, own: NodeJS.ProcessEnv): Record<string, string> {
  const values = {
    ...inheritedEnvironment(own),
    ...(place.plan.cyclic && CYCLIC),
    ...place.plan.environment,
    ...pibatchVariables(place),
    ...slurmVariables(place),
    OMPI_MCA_plm: 'rsh',
    OMPI_MCA_ras: '^slurm',
    HYDRA_RMK: 'user',
    HYDRA_LAUNCHER: 'ssh',
  };
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}

/** Open MPI, 4 and 5, deals its ranks out likewise; a user's own variables go before. */
const CYCLIC = {
  OMPI_MCA_rmaps_base_mapping_policy: 'node',
  PRTE_MCA_rmaps_default_mapping_policy: 'node',
};

type Variables = Readonly<Record<string, string | number | undefined>>;

function pibatchVariables(place: RankPlace): Variables {
  const { plan, rank } = place;
  const here = placeOf(place);
  return {
    PIBATCH_JOB_ID: plan.id.job,
    PIBATCH_JOB_NAME: plan.name,
    PIBATCH_USER: plan.user,
    PIBATCH_CLUSTER_NAME: plan.cluster,
    PIBATCH_PARTITION: plan.partition,
    PIBATCH_ACCOUNT: plan.account,
    PIBATCH_ATTEMPT: plan.id.attempt,
    PIBATCH_RESTART_COUNT: plan.restarts,
    PIBATCH_ARRAY_JOB_ID: plan.arrayJob,
    PIBATCH_ARRAY_TASK_ID: plan.arrayTask,
    PIBATCH_RANK: rank,
    PIBATCH_SIZE: here.size,
    PIBATCH_LOCAL_RANK: here.localRank,
    PIBATCH_LOCAL_SIZE: here.localSize,
    PIBATCH_NODE: plan.node,
    PIBATCH_NODE_INDEX: plan.id.part,
    PIBATCH_NODES: plan.parts.length,
    PIBATCH_NODE_LIST: here.nodeList,
    PIBATCH_RANKS_PER_NODE: here.ranksPerNode,
    PIBATCH_CPUS_PER_RANK: plan.coresPerRank,
    PIBATCH_CPUS_ON_NODE: here.cores,
    PIBATCH_MEMORY_PER_RANK: plan.memoryPerRankBytes,
    PIBATCH_TIME_LIMIT: plan.timeLimitMs > 0 ? Math.ceil(plan.timeLimitMs / 1_000) : undefined,
    PIBATCH_SUBMIT_DIR: plan.submitDirectory,
    PIBATCH_SUBMIT_HOST: plan.submitHost,
    PIBATCH_PART: partTag(plan),
    PIBATCH_PART_FOLDER: place.folder.root,
  };
}

function slurmVariables(place: RankPlace): Variables {
  const { plan, rank } = place;
  const here = placeOf(place);
  return {
    SLURM_JOB_ID: plan.id.job,
    SLURM_JOBID: plan.id.job,
    SLURM_JOB_NAME: plan.name,
    SLURM_JOB_USER: plan.user,
    SLURM_JOB_PARTITION: plan.partition,
    SLURM_JOB_ACCOUNT: plan.account,
    SLURM_CLUSTER_NAME: plan.cluster,
    SLURM_JOB_NODELIST: here.nodeList,
    SLURM_NODELIST: here.nodeList,
    SLURM_JOB_NUM_NODES: plan.parts.length,
    SLURM_NNODES: plan.parts.length,
    SLURM_NTASKS: here.size,
    SLURM_NPROCS: here.size,
    SLURM_TASKS_PER_NODE: counted(plan.parts.map(({ ranks }) => ranks)),
    SLURM_JOB_CPUS_PER_NODE: counted(plan.parts.map(({ cores }) => cores.length)),
    SLURM_CPUS_PER_TASK: plan.coresPerRank,
    SLURM_CPUS_ON_NODE: here.cores,
    SLURM_MEM_PER_NODE: Math.floor((plan.memoryPerRankBytes * here.localSize) / MIB),
    SLURM_PROCID: rank,
    SLURM_LOCALID: here.localRank,
    SLURM_NODEID: plan.id.part,
    SLURMD_NODENAME: plan.node,
    SLURM_STEP_ID: 0,
    SLURM_JOB_START_TIME: Math.floor(plan.startedMs / 1_000),
    SLURM_JOB_END_TIME:
      plan.timeLimitMs > 0 ? Math.floor((plan.startedMs + plan.timeLimitMs) / 1_000) : undefined,
    SLURM_RESTART_COUNT: plan.restarts,
    SLURM_ARRAY_JOB_ID: plan.arrayJob,
    SLURM_ARRAY_TASK_ID: plan.arrayTask,
    SLURM_SUBMIT_DIR: plan.submitDirectory,
    SLURM_SUBMIT_HOST: plan.submitHost,
    ...plan.asked,
  };
}

/** As Slurm writes it: `2(x3),1`. */
function counted(counts: readonly number[]): string {
  const runs: { count: number; times: number }[] = [];
  for (const count of counts) {
    const last = runs.at(-1);
    if (last?.count === count) last.times++;
    else runs.push({ count, times: 1 });
  }
  return runs.map(({ count, times }) => (times > 1 ? `${count}(x${times})` : `${count}`)).join(',');
}

function placeOf({ plan, rank }: RankPlace) {
  const part = plan.parts[plan.id.part];
  return {
    size: plan.parts.reduce((sum, { ranks }) => sum + ranks, 0),
    localRank: Math.max(0, ownRanks(plan).indexOf(rank)),
    localSize: part?.ranks ?? 1,
    cores: part?.cores.length ?? 0,
    nodeList: plan.parts.map(({ node }) => node).join(','),
    ranksPerNode: plan.parts.map(({ ranks }) => ranks).join(','),
  };
}

/** `12.1.0`: the value of PIBATCH_PART. */
export const partTag = (plan: PartPlan): string =>
  `${plan.id.job}.${plan.id.attempt}.${plan.id.part}`;
