import Database from 'better-sqlite3';

/** Whether an error is that of a disk, or of a limit on the file, that leaves no room to write. */
export const isDiskFull = (error: unknown): boolean =>
  error instanceof Error &&
  ((error instanceof Database.SqliteError && error.code === 'SQLITE_FULL') ||
    isDiskFull(error.cause));

/** The journal cannot be used or written. The message is one sentence for an administrator. */
export class JournalError extends Error {
  readonly path: string;
  /** A scheduler has it open. */
  readonly inUse: boolean;

  constructor(
    path: string,
    problem: string,
    options?: { readonly cause: unknown; readonly inUse?: boolean },
  ) {
    super(`${path}: ${problem}`, options);
    this.name = 'JournalError';
    this.path = path;
    this.inUse = options?.inUse ?? false;
  }
}
