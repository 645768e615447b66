/** The journal cannot be used or written. The message is one sentence for an administrator. */
export class JournalError extends Error {
  readonly path: string;

  constructor(path: string, problem: string, options?: { readonly cause: unknown }) {
    super(`${path}: ${problem}`, options);
    this.name = 'JournalError';
    this.path = path;
  }
}
