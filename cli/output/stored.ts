/** What a finished job left behind: the kernel's result, `rank.N` outputs and files. */
import { pibatch } from '../../proto/codec.ts';
import { CommandFailure, EXIT } from '../failure.ts';
import type { Session } from '../session.ts';

export type StoredFile = {
  readonly name: string;
  readonly sizeBytes: number;
  readonly truncated: boolean;
  readonly content:
    | { readonly kind: 'inline'; readonly bytes: Uint8Array }
    | { readonly kind: 'blob'; readonly sha256: string }
    | { readonly kind: 'missing'; readonly why: string };
};

export type StoredFiles = {
  readonly files: readonly StoredFile[];
  /** False: the job lives and nothing is stored yet. */
  readonly finished: boolean;
  readonly ranks: number;
};

/** Errors: those of Session.ask. */
export async function listStored(session: Session, job: number): Promise<StoredFiles> {
  const list = await session.ask('result', [pibatch.ListStored, { job }], pibatch.StoredList);
  return { files: list.stored.map(storedFile), finished: list.finished, ranks: list.ranks };
}

function storedFile(stored: pibatch.StoredBytes.$Properties): StoredFile {
  const { name, sizeBytes, truncated, inline, sha256, missing } = stored;
  const common = { name: name ?? '', sizeBytes: sizeBytes ?? 0, truncated: truncated ?? false };
  if (sha256) return { ...common, content: { kind: 'blob', sha256 } };
  if (missing) return { ...common, content: { kind: 'missing', why: missing } };
  return { ...common, content: { kind: 'inline', bytes: inline ?? new Uint8Array() } };
}

/** Blobs are checked against their hash by the bus. Errors: CommandFailure, those of the store. */
export async function bytesOf(session: Session, file: StoredFile): Promise<Uint8Array> {
  const { content, name } = file;
  if (content.kind === 'inline') return content.bytes;
  if (content.kind === 'blob') return session.bus.getBlob(content.sha256);
  throw new CommandFailure(EXIT.refused, `${name} was not delivered by its node: ${content.why}`);
}

export const RESULT_NAME = 'result';

/** The rank of `rank.N`; undefined for any other name. */
export function rankOfName(name: string): number | undefined {
  const found = /^rank\.(\d{1,6})$/.exec(name);
  return found ? Number(found[1]) : undefined;
}

export type KernelResult =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'none' }
  | { readonly kind: 'missing'; readonly why: string };

/** The kernel's return value. Errors: those of Session.ask and the object store. */
export async function kernelResult(session: Session, job: number): Promise<KernelResult> {
  const { files } = await listStored(session, job);
  const file = files.find(({ name }) => name === RESULT_NAME);
  if (!file) return { kind: 'none' };
  if (file.content.kind === 'missing') return { kind: 'missing', why: file.content.why };
  const text = new TextDecoder().decode(await bytesOf(session, file));
  try {
    const value: unknown = JSON.parse(text);
    return { kind: 'value', value };
  } catch {
    return { kind: 'missing', why: 'it is not JSON' };
  }
}
