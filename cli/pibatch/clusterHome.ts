/**
 * Where a cluster on this machine keeps everything, and its plan (`cluster-plan.json`): which nodes
 * `pibatch up` made, so that the next `up` makes the same ones.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { isSubjectToken } from '../../proto/subjects.ts';

export type ClusterHome = {
  readonly root: string;
  readonly broker: string;
  readonly scheduler: string;
  /** What the commands read. */
  readonly clientConnection: string;
  readonly settings: string;
  readonly plan: string;
};

export const clusterHome = (root: string): ClusterHome => ({
  root,
  broker: join(root, 'broker'),
  scheduler: join(root, 'scheduler'),
  clientConnection: join(root, 'client', 'connection.json'),
  settings: join(root, 'scheduler', 'cluster.yaml'),
  plan: join(root, 'cluster-plan.json'),
});

export const nodeHome = (home: ClusterHome, node: string): string => join(home.root, 'nodes', node);

/** `--home`, else `$PIBATCH_HOME`, else ~/.pibatch. */
export const chosenHome = (option: string | undefined, environment: NodeJS.ProcessEnv): string =>
  resolve(option || environment['PIBATCH_HOME'] || join(homedir(), '.pibatch'));

export type PlannedNode = {
  readonly name: string;
  readonly cores: readonly number[];
  readonly memoryBytes?: number | undefined;
};
export type ClusterPlan = { readonly cluster: string; readonly nodes: readonly PlannedNode[] };

/** The plan cannot be read, or is not one. */
export class ClusterPlanError extends Error {
  override readonly name = 'ClusterPlanError';
}

const PLAN = z.strictObject({
  cluster: z.string().refine(isSubjectToken),
  nodes: z.array(
    z.strictObject({
      name: z.string().refine(isSubjectToken),
      cores: z.array(z.int().min(0).max(4095)).min(1),
      memoryBytes: z.int().positive().optional(),
    }),
  ),
});

/** Undefined when no cluster was ever made here. Throws ClusterPlanError. */
export function readPlan(home: ClusterHome): ClusterPlan | undefined {
  let text: string;
  try {
    text = readFileSync(home.plan, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new ClusterPlanError(`cannot read ${home.plan}: ${String(cause)}`, { cause });
  }
  const parsed = PLAN.safeParse(tryJson(text));
  if (parsed.success) return parsed.data;
  const problem = z.prettifyError(parsed.error).replaceAll('\n', ' ');
  throw new ClusterPlanError(
    `${home.plan} is damaged (${problem}): remove it to make a new plan; jobs and keys are kept`,
  );
}

export function writePlan(home: ClusterHome, plan: ClusterPlan): void {
  mkdirSync(home.root, { recursive: true, mode: 0o700 });
  const temporary = `${home.plan}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(plan, null, 2)}\n`);
  renameSync(temporary, home.plan);
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
