/**
 * The job hosts of a node, found by their claims (`parts/<id>/claim`), so that ending a cluster
 * leaves no job behind even when its agent or scheduler is gone.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isAlive, type ProcessIdentity } from '../../proto/processIdentity.ts';
import { endProcess } from './endProcess.ts';

const CLAIM = z.object({ process: z.int(), startTicks: z.int(), bootId: z.string() });

/** Longer than a job's own wait between TERM and KILL. */
const GRACE_MS = 15_000;

export function liveJobHosts(nodeFolder: string): readonly ProcessIdentity[] {
  const parts = join(nodeFolder, 'parts');
  return listFolder(parts).flatMap((part) => {
    const identity = readClaim(join(parts, part, 'claim'));
    return identity && isAlive(identity) ? [identity] : [];
  });
}

/** Ends them all, gently first; returns how many there were. */
export async function endJobHosts(
  nodeFolders: readonly string[],
  options: { readonly graceMs: number } = { graceMs: GRACE_MS },
): Promise<number> {
  const hosts = nodeFolders.flatMap(liveJobHosts);
  await Promise.all(hosts.map((host) => endProcess(host, options)));
  return hosts.length;
}

function readClaim(path: string): ProcessIdentity | undefined {
  try {
    const claim = CLAIM.parse(JSON.parse(readFileSync(path, 'utf8')));
    return { pid: claim.process, startTicks: claim.startTicks, bootId: claim.bootId };
  } catch {
    return undefined;
  }
}

function listFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
