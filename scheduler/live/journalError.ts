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
