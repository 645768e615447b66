/**
 * The input files of a job: found by pattern below the job file's folder, hashed, and put into the
 * object store under their hash unless they are there already.
 */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { isAbsolute, join, normalize } from 'node:path';
import { findFiles } from './glob.ts';
import { JOB_LIMITS } from './limits.ts';

export type InputFile = {
  /** Relative to the job's folder, with `/`; also where the job finds it. */
  readonly path: string;
  readonly source: string;
  readonly sizeBytes: number;
  readonly executable: boolean;
};

/** An input that cannot be shipped. */
export class InputError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'InputError';
  }
}

/** Sorted by path, each file once. Errors: InputError. */
export function findInputs(folder: string, patterns: readonly string[]): InputFile[] {
  const found = new Map<string, InputFile>();
  for (const pattern of patterns) {
    if (isAbsolute(pattern) || normalize(pattern).startsWith('..')) {
      throw new InputError(
        `inputs: '${pattern}' lies outside ${folder}; ship files from below the job's folder`,
      );
    }
    const paths = findFiles(folder, pattern, JOB_LIMITS.inputFiles);
    if (paths.length === 0) {
      throw new InputError(`inputs: no file matches '${pattern}' in ${folder}`);
    }
    for (const path of paths) found.set(path, describeInput(folder, path));
  }
  if (found.size > JOB_LIMITS.inputFiles) {
    throw new InputError(
      `inputs: more than ${JOB_LIMITS.inputFiles} files; pack them into one archive`,
    );
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function describeInput(folder: string, path: string): InputFile {
  const source = join(folder, path);
  const { size, mode } = statSync(source);
  if (size > JOB_LIMITS.inputFileBytes) {
    throw new InputError(
      `inputs: ${path} has ${size} bytes, above the limit of ${JOB_LIMITS.inputFileBytes}`,
    );
  }
  return { path, source, sizeBytes: size, executable: (mode & 0o111) !== 0 };
}

/** Errors: InputError. */
export function readInput({ path, source }: InputFile): Uint8Array {
  try {
    return readFileSync(source);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(`inputs: ${path} cannot be read: ${problem}`, { cause });
  }
}

export const sha256Of = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');
