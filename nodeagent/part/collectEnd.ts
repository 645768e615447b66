import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { pibatch } from '../../proto/codec.ts';
import type { RankFailure } from '../../scheduler/model/outcome.ts';
import { outputName } from '../jobhost/rankOutput.ts';
import type { PartExit } from '../record/partExit.ts';
import type { PartFolder } from '../record/partFolder.ts';
import { findOutputFiles } from './outputFiles.ts';

/**
 * Turns the exit record of a part into the end that is reported: captured output, collected
 * files and result, inline when small, else delivered to the object store. What cannot be
 * delivered is reported as missing, with the reason; it never keeps the part from ending.
 */
export type CollectOptions = {
  readonly folder: PartFolder;
  readonly exit: PartExit;
  /** `outputs:` of the job. */
  readonly patterns: readonly string[];
  /** Stores bytes and returns their sha256; tries again by itself, then throws. */
  readonly deliver: (bytes: Uint8Array) => Promise<string>;
};

type Stored = pibatch.StoredBytes.$Properties;

const INLINE_LIMIT_BYTES = 8 * 1_024;
/** All inline bytes of one part: its report must stay below 256 KiB. */
const INLINE_TOTAL_BYTES = 48 * 1_024;
const FILE_LIMIT_BYTES = 128 * 2 ** 20;
const TOTAL_LIMIT_BYTES = 512 * 2 ** 20;

export async function collectEnd(options: CollectOptions): Promise<pibatch.Ended.$Properties> {
  const { folder, exit, patterns } = options;
  const keeper = new Keeper(options.deliver);
  const truncated = new Set(exit.truncatedRanks);
  const result = exit.result ? await keeper.store('result', folder.result) : undefined;
  const output: Stored[] = [];
  for (const { rank } of exit.usage) {
    const stored = await keeper.store(outputName(rank), join(folder.output, outputName(rank)));
    output.push({ ...stored, truncated: truncated.has(rank) });
  }
  const { paths, left } = await findOutputFiles(folder.work, patterns).catch(() => NO_FILES);
  const files: Stored[] = [];
  for (const path of paths) files.push(await keeper.store(path, join(folder.work, path)));
  if (left > 0) {
    const missing = `${left} more files match; at most ${paths.length} were collected`;
    files.push({ name: '...', sizeBytes: 0, missing });
  }
  return {
    endedMs: exit.endedMs,
    elapsedMs: exit.elapsedMs,
    suspendedMs: exit.suspendedMs ?? 0,
    ...outcomeFields(exit.outcome),
    usage: exit.usage.map((used) => ({
      ...used,
      peakMemoryBytes: used.peakMemoryBytes ?? null,
      usefulMs: used.usefulMs ?? null,
      blockedMs: used.blockedMs ?? null,
    })),
    output,
    files,
    result: result ?? null,
    peakMemoryBytes: exit.peakMemoryBytes ?? null,
    throttled: exit.throttled,
    throttledMs: exit.throttledMs ?? null,
    energyJoules: exit.energy?.joules ?? null,
    energyHow: exit.energy?.how ?? '',
    collectives: (exit.collectives ?? []).map((use) => ({ ...use })),
    segments: exit.segments
      ? { ...exit.segments, serialPhase: exit.segments.serialPhase ?? '' }
      : null,
  };
}

const NO_FILES = { paths: [], left: 0 };

function outcomeFields(outcome: PartExit['outcome']): Partial<pibatch.Ended.$Properties> {
  switch (outcome.kind) {
    case 'exited':
      return { exited: outcome.exit, ...failureIn(outcome) };
    case 'outOfMemory':
      return { outOfMemory: {}, ...failureIn(outcome) };
    case 'timeLimit':
      return { timeLimit: {} };
    case 'killed':
      return { killed: {} };
    case 'leaseExpired':
      return { leaseExpired: {} };
    case 'neverStarted':
      return { neverStarted: outcome.why };
    case 'lost':
      return { lost: outcome.why };
  }
}

/** Keeps bytes for the user, within the limits of one part. */
class Keeper {
  private readonly deliver: CollectOptions['deliver'];
  private inlineBytes = 0;
  private totalBytes = 0;

  constructor(deliver: CollectOptions['deliver']) {
    this.deliver = deliver;
  }

  async store(name: string, path: string): Promise<Stored> {
    try {
      const bytes = await this.read(path);
      const sizeBytes = bytes.length;
      this.totalBytes += sizeBytes;
      if (sizeBytes <= INLINE_LIMIT_BYTES && this.inlineBytes + sizeBytes <= INLINE_TOTAL_BYTES) {
        this.inlineBytes += sizeBytes;
        return { name, sizeBytes, inline: bytes };
      }
      return { name, sizeBytes, sha256: await this.deliver(bytes) };
    } catch (error) {
      const missing = error instanceof Error ? error.message : String(error);
      return { name, sizeBytes: 0, missing };
    }
  }

  /** Refuses links (a job could point one anywhere) and what is too large. */
  private async read(path: string): Promise<Buffer> {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const { size } = await file.stat();
      if (size > FILE_LIMIT_BYTES)
        throw new Error(`${size} bytes are more than the ${FILE_LIMIT_BYTES} of one output file`);
      if (this.totalBytes + size > TOTAL_LIMIT_BYTES)
        throw new Error(`the outputs of this node are more than ${TOTAL_LIMIT_BYTES} bytes`);
      return await file.readFile();
    } finally {
      await file.close();
    }
  }
}

function failureIn({ failure }: { readonly failure?: RankFailure | undefined }) {
  return failure ? { failure: { ...failure, peerLost: failure.peerLost ?? false } } : {};
}
