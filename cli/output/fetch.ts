/**
 * Brings the output files of a job into a folder: names that would leave the folder are refused, links
 * on the way are not followed, contents are checked against their hash, and a file appears whole.
 */
import {
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  writeSync,
  closeSync,
  renameSync,
  rmSync,
  fsyncSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { CommandFailure, EXIT } from '../failure.ts';
import { printable } from '../format/displayWidth.ts';
import type { Session } from '../session.ts';
import { bytesOf, RESULT_NAME, rankOfName, type StoredFile } from './stored.ts';

export type FetchedFile = {
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
};

/** What a job collected with `outputs`; not its result or its ranks' output. */
export const isOutputFile = ({ name }: StoredFile): boolean =>
  name !== RESULT_NAME && rankOfName(name) === undefined;

/** Errors: CommandFailure, those of the object store (a hash that does not match included). */
export async function fetchFiles(
  session: Session,
  options: { readonly files: readonly StoredFile[]; readonly folder: string },
): Promise<FetchedFile[]> {
  const { files, folder } = options;
  const fetched: FetchedFile[] = [];
  for (const file of files) {
    const steps = stepsOf(file.name);
    const bytes = await bytesOf(session, file);
    fetched.push({ name: file.name, path: store(folder, steps, bytes), sizeBytes: bytes.length });
  }
  return fetched;
}

/** The name came from a node: it must stay below the folder. Errors: CommandFailure. */
export function stepsOf(name: string): readonly string[] {
  const steps = name.split('/');
  const odd = steps.find((step) => step === '' || step === '.' || step === '..');
  if (odd === undefined && !name.includes('\0') && !name.includes('\\')) return steps;
  throw new CommandFailure(
    EXIT.refused,
    `the output file '${printable(name)}' has a name that leads out of the folder; not fetched`,
  );
}

function store(folder: string, steps: readonly string[], bytes: Uint8Array): string {
  makeFolders(folder, steps.slice(0, -1));
  const path = join(folder, ...steps);
  const temporary = join(dirname(path), `.${process.pid}.pibatch-fetch`);
  const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW } = constants;
  const file = openSync(temporary, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o644);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  return path;
}

/** A link below the folder could lead anywhere. */
function makeFolders(folder: string, steps: readonly string[]): void {
  mkdirSync(folder, { recursive: true });
  let here = folder;
  for (const step of steps) {
    here = join(here, step);
    const kind = lstatSync(here, { throwIfNoEntry: false });
    if (!kind) mkdirSync(here);
    else if (!kind.isDirectory()) {
      throw new CommandFailure(
        EXIT.refused,
        `${here} is not a folder; remove it or fetch elsewhere`,
      );
    }
  }
}
