/** Which programs make a cluster, with which arguments. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type ClusterHome, nodeHome, type PlannedNode } from './clusterHome.ts';
import type { Daemon } from './daemon.ts';

export const schedulerDaemon = (home: ClusterHome): Daemon => ({
  what: 'scheduler',
  program: join(packageFolder(), 'dist/scheduler/live/main.js'),
  args: ['--home', home.scheduler],
  pidFile: join(home.scheduler, 'scheduler.pid'),
  logFile: join(home.scheduler, 'log'),
});

export function agentDaemon(home: ClusterHome, node: PlannedNode): Daemon {
  const folder = nodeHome(home, node.name);
  const memory =
    node.memoryBytes === undefined
      ? []
      : ['--memory', `${Math.floor(node.memoryBytes / (1024 * 1024))}M`];
  return {
    what: `agent of ${node.name}`,
    program: join(packageFolder(), 'dist/nodeagent/main.js'),
    args: ['--home', folder, '--cores', node.cores.join(','), ...memory],
    pidFile: join(folder, 'agent.pid'),
    logFile: join(folder, 'log'),
  };
}

/** The folder of package.json, from a bundle in dist/ as from the source. */
export function packageFolder(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file) && readFileSync(file, 'utf8').includes('"name": "pibatch"')) return folder;
    if (folder === dirname(folder)) throw new Error('pibatch is not installed in one piece');
  }
}
