import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { PartId } from '../model/ids.ts';

const BYTES = 32;

/** Reads the cluster's secret from its file (0600), making it at the first start. */
export function readClusterSecret(path: string): Uint8Array {
  if (!existsSync(path)) {
    writeFileSync(`${path}.new`, randomBytes(BYTES).toString('hex'), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
  const secret = Buffer.from(readFileSync(path, 'utf8').trim(), 'hex');
  if (secret.length !== BYTES)
    throw new Error(
      `${path}: not a cluster secret; when no job runs, remove the file and a new one is made`,
    );
  return secret;
}

/** The same for every launch of an attempt, also after a restart; unknown to other jobs. */
export function attemptSecret(
  cluster: Uint8Array,
  attempt: { readonly generation: number; readonly id: PartId },
): Uint8Array {
  const { generation, id } = attempt;
  return createHmac('sha256', cluster).update(`${generation}/${id.job}.${id.attempt}`).digest();
}
