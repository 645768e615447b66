/**
 * Files by sha256, in chunks, over JetStream (bucket `files`). Contract: a blob is readable after
 * its index is written, which is after all its chunks; reading verifies the hash; both may be
 * repeated at will. Not the truth of anything: whoever needs a blob stores it again.
 */
import { createHash } from 'node:crypto';
import type { Msg } from 'nats';
import {
  BlobCorruptError,
  BlobMissingError,
  BlobStoreError,
  NoSuchServiceError,
} from './busError.ts';
import {
  BLOB_CHUNKS,
  BLOB_INDEX,
  BLOB_STREAM,
  BLOB_STREAM_CONFIG,
  chunkSubject,
  indexSubject,
  readSubject,
} from './blobSubjects.ts';
import type { Link } from './link.ts';
import { exchange } from './request.ts';

const CHUNK_BYTES = 128 * 1024;
export const MAX_BLOB_BYTES = 512 * 1024 * 1024;
const IN_FLIGHT = 8;
const DEADLINE_MS = 30_000;
const SHA256 = /^[0-9a-f]{64}$/;
/** JetStream: "maximum messages per subject exceeded", that is: already stored. */
const ALREADY_STORED = 10077;
const STREAM_NAME_IN_USE = 10058;
/** What a server lists in one answer at most. */
const LISTED_AT_ONCE = 100_000;

type Index = { readonly sizeBytes: number; readonly chunks: number };
type StoredIndex = Index & { readonly storedMs: number };

export class BlobStore {
  private readonly link: Link;

  constructor(link: Link) {
    this.link = link;
  }

  async put(bytes: Uint8Array): Promise<string> {
    if (bytes.length > MAX_BLOB_BYTES)
      throw new BlobStoreError(
        `a file of ${bytes.length} bytes is over the limit of ${MAX_BLOB_BYTES}`,
      );
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (await this.has(sha256)) return sha256;
    const chunks = Math.ceil(bytes.length / CHUNK_BYTES);
    let found = 0;
    await inParallel(chunks, async (chunk) => {
      const part = bytes.subarray(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES);
      if ((await this.store(chunkSubject(sha256, chunk), part)) === 'found') found += 1;
    });
    const index: Index = { sizeBytes: bytes.length, chunks };
    await this.store(indexSubject(sha256), Buffer.from(JSON.stringify(index)));
    // Chunks of an earlier try, which was cut short, are not ours until they are verified.
    if (found > 0) await this.get(sha256);
    return sha256;
  }

  /** Undefined when it is not there. Throws BlobCorruptError, BlobStoreError. */
  async describe(
    sha256: string,
  ): Promise<{ readonly sizeBytes: number; readonly storedMs: number } | undefined> {
    const index = await this.index(sha256);
    return index && { sizeBytes: index.sizeBytes, storedMs: index.storedMs };
  }

  async has(sha256: string): Promise<boolean> {
    return (await this.index(sha256)) !== undefined;
  }

  async get(sha256: string): Promise<Uint8Array> {
    const index = await this.index(sha256);
    if (!index) throw new BlobMissingError(sha256);
    const parts: Uint8Array[] = [];
    await inParallel(index.chunks, async (chunk) => {
      const part = await this.read(chunkSubject(sha256, chunk));
      if (!part) throw new BlobCorruptError(sha256, `chunk ${chunk} of ${index.chunks} is missing`);
      parts[chunk] = part;
    });
    const bytes = Buffer.concat(parts);
    const found = createHash('sha256').update(bytes).digest('hex');
    if (found !== sha256) throw new BlobCorruptError(sha256, `its content has sha256 ${found}`);
    return bytes;
  }

  async close(): Promise<void> {
    await this.link.close();
  }

  private async index(sha256: string): Promise<StoredIndex | undefined> {
    if (!SHA256.test(sha256)) throw new RangeError(`'${sha256}' is not a sha256 in hexadecimal`);
    const answer = await this.answer(indexSubject(sha256));
    if (!answer) return undefined;
    const index = parseIndex(answer.data);
    if (!index) throw new BlobCorruptError(sha256, 'its index is damaged');
    return { ...index, storedMs: Date.parse(answer.headers?.get('Nats-Time-Stamp') ?? '') || 0 };
  }

  private async store(subject: string, bytes: Uint8Array): Promise<'stored' | 'found'> {
    const { error } = parseAnswer(await ask(this.link, subject, bytes));
    if (!error) return 'stored';
    if (error.code === ALREADY_STORED) return 'found';
    throw new BlobStoreError(`the broker cannot store a file: ${error.text}`);
  }

  private async read(subject: string): Promise<Uint8Array | undefined> {
    return (await this.answer(subject))?.data;
  }

  private async answer(subject: string): Promise<Msg | undefined> {
    const answer = await ask(this.link, readSubject(subject), new Uint8Array());
    const status = answer.headers?.code ?? 0;
    if (status === 404) return undefined;
    if (status !== 0)
      throw new BlobStoreError(`the broker cannot read a file: ${answer.headers?.description}`);
    return answer;
  }
}

/** Makes the bucket, over a link to the store's own account. Throws BlobStoreError. */
export async function prepareBlobStore(link: Link): Promise<void> {
  const config = Buffer.from(JSON.stringify(BLOB_STREAM_CONFIG));
  const answer = parseAnswer(await ask(link, `$JS.API.STREAM.CREATE.${BLOB_STREAM}`, config));
  if (answer.error && answer.error.code !== STREAM_NAME_IN_USE)
    throw new BlobStoreError(`the broker made no file store: ${answer.error.text}`);
}

/** Every blob of the bucket, over a link to the store's own account. Throws BlobStoreError. */
export async function listBlobs(link: Link): Promise<readonly string[]> {
  const found: string[] = [];
  for (;;) {
    const body = { subjects_filter: `${BLOB_INDEX}.>`, offset: found.length };
    const data = Buffer.from(JSON.stringify(body));
    const answer = await ask(link, `$JS.API.STREAM.INFO.${BLOB_STREAM}`, data);
    const { error } = parseAnswer(answer);
    if (error) throw new BlobStoreError(`the broker does not list its files: ${error.text}`);
    const state = parseObject(answer.data)?.['state'];
    const subjects = isRecord(state) && isRecord(state['subjects']) ? state['subjects'] : {};
    const names = Object.keys(subjects).map((subject) => subject.slice(BLOB_INDEX.length + 1));
    found.push(...names);
    if (names.length < LISTED_AT_ONCE) return found.filter((name) => SHA256.test(name));
  }
}

/**
 * Takes blobs out of the bucket, over a link to the store's own account: an index before its chunks, so that
 * nobody finds half a blob, and once more after them, in case it was stored anew in between. Throws BlobStoreError.
 */
export async function purgeBlobs(link: Link, sha256s: readonly string[]): Promise<void> {
  for (const sha256 of sha256s) {
    const index = indexSubject(sha256);
    for (const filter of [index, `${BLOB_CHUNKS}.${sha256}.>`, index]) {
      const body = Buffer.from(JSON.stringify({ filter }));
      const answer = parseAnswer(await ask(link, `$JS.API.STREAM.PURGE.${BLOB_STREAM}`, body));
      if (answer.error) throw new BlobStoreError(`the broker kept a file: ${answer.error.text}`);
    }
  }
}

async function ask(link: Link, subject: string, data: Uint8Array): Promise<Msg> {
  try {
    const options = { deadlineMs: DEADLINE_MS, retry: true, absenceMs: 5000 };
    return await exchange(link, { subject, data }, options);
  } catch (cause) {
    if (!(cause instanceof NoSuchServiceError)) throw cause;
    const problem = 'the broker keeps no files: JetStream is off or the bucket was not made';
    throw new BlobStoreError(problem, { cause });
  }
}

async function inParallel(count: number, work: (item: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const item = next;
      next += 1;
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, count) }, worker));
}

function parseIndex(bytes: Uint8Array): Index | undefined {
  const value = parseObject(bytes);
  const sizeBytes = value?.['sizeBytes'];
  const chunks = value?.['chunks'];
  if (typeof sizeBytes !== 'number' || typeof chunks !== 'number') return undefined;
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0 || sizeBytes > MAX_BLOB_BYTES)
    return undefined;
  return chunks === Math.ceil(sizeBytes / CHUNK_BYTES) ? { sizeBytes, chunks } : undefined;
}

type ApiAnswer = { readonly error?: { readonly code: number; readonly text: string } };

function parseAnswer(message: Msg): ApiAnswer {
  const error = parseObject(message.data)?.['error'];
  if (error === undefined) return {};
  if (!isRecord(error)) return { error: { code: 0, text: 'an unreadable answer' } };
  return { error: { code: Number(error['err_code']), text: String(error['description']) } };
}

function parseObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
