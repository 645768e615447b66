/**
 * One submit, one job: the request id is written down before it is sent and taken away when the
 * answer is there. A submit that died unanswered leaves its id; the same job submitted again takes
 * it over, so the scheduler answers with the job it may have made already.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type OpenRequest = {
  readonly id: string;
  /** Taken over from an earlier submit that got no answer. */
  readonly takenOver: boolean;
  /** The scheduler has answered, whatever it said. */
  readonly answered: () => void;
};

/** Ids older than this are not taken over: by then the user means a new job. */
const TAKE_OVER_MS = 24 * 3_600_000;

type Options = {
  /** Folder for unanswered requests. */
  readonly folder: string;
  /** The request without its id. */
  readonly content: Uint8Array;
  readonly nowMs: number;
  /** The user's own id (`--request-id`); nothing is written down. */
  readonly given: string | undefined;
};

export function openRequest({ folder, content, nowMs, given }: Options): OpenRequest {
  if (given !== undefined) return { id: given, takenOver: false, answered: () => undefined };
  const digest = createHash('sha256').update(content).digest('hex').slice(0, 32);
  const left = takeOver(folder, digest, nowMs);
  const id = left ?? randomUUID();
  const path = join(folder, `${digest}.${id}`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(path, `${process.pid} ${nowMs}\n`, { mode: 0o600 });
  } catch {
    // A home that cannot be written costs only the memory of unanswered submits.
  }
  return { id, takenOver: left !== undefined, answered: () => rmSync(path, { force: true }) };
}

/** The id of a dead process's unanswered request; renaming its file makes sure of one taker. */
function takeOver(folder: string, digest: string, nowMs: number): string | undefined {
  for (const name of list(folder)) {
    const path = join(folder, name);
    const [processId, atMs] = contentOf(path).split(' ').map(Number);
    const age = nowMs - (atMs ?? 0);
    if (processId === undefined || isAlive(processId)) continue;
    if (!(age < TAKE_OVER_MS)) rmSync(path, { force: true });
    else if (name.startsWith(`${digest}.`) && grab(path)) return name.slice(digest.length + 1);
  }
  return undefined;
}

function grab(path: string): boolean {
  const mine = `${path}.${process.pid}`;
  try {
    renameSync(path, mine);
    rmSync(mine, { force: true });
    return true;
  } catch {
    return false;
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^[0-9a-f]{32}\.[0-9a-f-]{36}$/.test(name));
  } catch {
    return [];
  }
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
