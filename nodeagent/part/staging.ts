import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import type { pibatch } from '../../proto/codec.ts';
import type { PartFolder } from '../record/partFolder.ts';
import type { BlobCache } from './blobCache.ts';

/** An input's path would leave the job's folder. */
export class BadPathError extends Error {
  override readonly name = 'BadPathError';
  readonly path: string;
  constructor(path: string) {
    super(`'${path}' cannot be placed: paths must be relative and stay inside the job's folder`);
    this.path = path;
  }
}

/** Puts kernel or script and the input files where the job host expects them. */
export async function stageFiles(
  spec: pibatch.JobSpec.$Properties,
  folder: PartFolder,
  blobs: BlobCache,
): Promise<void> {
  if (spec.kernel) {
    const bytes = await fetchBlob(blobs, spec.kernel.sha256 ?? '', spec.kernel.file ?? 'kernel');
    await writeFile(folder.kernel, bytes, { mode: 0o600 });
  }
  if (spec.script) await writeFile(folder.script, spec.script.text ?? '', { mode: 0o700 });
  for (const input of spec.inputs ?? []) {
    const path = join(folder.work, safePath(input.path ?? ''));
    const bytes = await fetchBlob(blobs, input.sha256 ?? '', input.path ?? '');
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
    if (input.executable) await chmod(path, 0o755);
  }
}

/** Inputs are plain files in fresh folders, so a path without `..` cannot escape. */
export function safePath(path: string): string {
  const clean = normalize(path);
  const escapes = isAbsolute(clean) || clean === '..' || clean.startsWith('../');
  if (path === '' || clean === '.' || escapes || path.includes('\0') || path.endsWith('/'))
    throw new BadPathError(path);
  return clean;
}

async function fetchBlob(blobs: BlobCache, sha256: string, name: string): Promise<Uint8Array> {
  try {
    return await blobs.get(sha256);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`could not fetch '${name}': ${problem}`, { cause });
  }
}
