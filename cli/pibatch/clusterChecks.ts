/** What `pibatch doctor` looks at in a cluster of this machine. */
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { connectBus } from '../../proto/bus.ts';
import { readConnection } from '../../proto/connection.ts';
import { packageVersion } from './packageVersion.ts';
import { type ClusterHome, type ClusterPlan, readPlan } from './clusterHome.ts';
import { type ClusterStatus, clusterStatus, type NodeStatus } from './clusterStatus.ts';
import { coresAreShared } from './coreShare.ts';
import { type Finding, finding } from './machineChecks.ts';

export async function clusterFindings(home: ClusterHome): Promise<readonly Finding[]> {
  let plan: ClusterPlan | undefined;
  try {
    plan = readPlan(home);
    if (!plan)
      return [
        finding('cluster', 'warning', { found: 'none was made here', cure: "run 'pibatch up'" }),
      ];
    const status = await clusterStatus(home, plan);
    return [
      ...keyFiles(home),
      broker(status),
      scheduler(status),
      ...(status.scheduler.problem === '' ? [await fileStore(home)] : []),
      ...status.nodes.flatMap(node),
      ...sharing(plan),
    ];
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return [finding('cluster', 'broken', { found, cure: "run 'pibatch up' to repair it" })];
  }
}

function keyFiles(home: ClusterHome): Finding[] {
  const seed = join(dirname(home.clientConnection), 'key.seed');
  const mode = statSync(seed, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & 0o077) === 0) return [];
  const found = `${seed} can be read by others`;
  return [finding('keys', 'broken', { found, cure: `chmod 600 ${seed}` })];
}

function broker({ broker: { own, pid, server } }: ClusterStatus): Finding {
  if (!own) return finding('broker', 'good', { found: `your own, ${server}` });
  return pid === null
    ? finding('broker', 'broken', { found: 'it does not run', cure: "run 'pibatch up'" })
    : finding('broker', 'good', { found: `process ${pid}, ${server}` });
}

function scheduler({
  scheduler: { pid, version, liveJobs, problem },
  home,
}: ClusterStatus): Finding {
  if (problem !== '')
    return finding('scheduler', 'broken', {
      found: pid === null ? 'it does not run' : `process ${pid} does not answer: ${problem}`,
      cure: `run 'pibatch up'; if it ends again, look into ${join(home, 'scheduler/log')}`,
    });
  const here = packageVersion();
  if (version !== here)
    return finding('scheduler', 'warning', {
      found: `it is version ${version}, this command is ${here}`,
      cure: "restart it: 'pibatch down --keep-jobs', then 'pibatch up'",
    });
  return finding('scheduler', 'good', { found: `version ${version}, ${liveJobs} live jobs` });
}

/** A file goes in and comes out again. */
async function fileStore(home: ClusterHome): Promise<Finding> {
  try {
    const bus = await connectBus({
      connection: readConnection(home.clientConnection),
      name: 'pibatch doctor',
      waitForBroker: false,
      onTrouble: () => undefined,
    });
    try {
      const sha256 = await bus.putBlob(Buffer.from('pibatch doctor\n'));
      await bus.getBlob(sha256);
      return finding('files', 'good', { found: 'the broker stores and returns them' });
    } finally {
      await bus.close();
    }
  } catch (error) {
    return finding('files', 'broken', {
      found: error instanceof Error ? error.message : String(error),
      cure: 'the broker needs JetStream and room on its disk; see broker/nats.log',
    });
  }
}

function node({ name, pid, state, reason, warnings }: NodeStatus): Finding[] {
  const said = warnings.map((warning) => finding(name, 'warning', { found: warning }));
  if (pid === null)
    return [finding(name, 'broken', { found: 'its agent does not run', cure: "run 'pibatch up'" })];
  if (state === null) return said;
  const why = reason === '' ? '' : ` (${reason})`;
  if (state.startsWith('down') || state.endsWith('*'))
    return [
      finding(name, 'broken', {
        found: `${state}${why}: the scheduler does not hear it`,
        cure: `look into nodes/${name}/log; 'pibatch down --keep-jobs' and 'pibatch up' restart it`,
      }),
      ...said,
    ];
  if (state.startsWith('dr'))
    return [
      finding(name, 'warning', { found: `${state}${why}`, cure: `pictl resume ${name}` }),
      ...said,
    ];
  return [finding(name, 'good', { found: state }), ...said];
}

function sharing(plan: ClusterPlan): Finding[] {
  if (!coresAreShared(plan.nodes)) return [];
  return [
    finding('cores', 'warning', {
      found: 'nodes share cores, so measured speedups say little',
      cure: "'pibatch down', then 'pibatch up' with fewer nodes or cores",
    }),
  ];
}
