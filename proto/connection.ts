/**
 * connection.json: where the broker is and who we are there. Contract: read once at the start of
 * a program, checked whole; the seed lies beside it in its own file, readable by its owner only.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isSubjectToken, type Principal } from './subjects.ts';

export type Connection = {
  readonly cluster: string;
  readonly servers: readonly string[];
  readonly principal: Principal;
  /** The secret key, see keys.ts. */
  readonly seed: string;
};

/** `kind` says whether to configure a cluster first, to repair a file, or to ask for rights. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly kind: 'missing' | 'unreadable' | 'malformed';
  readonly path: string;
  constructor(
    options: { kind: ConnectionError['kind']; path: string; problem: string },
    cause?: unknown,
  ) {
    super(options.problem, { cause });
    this.kind = options.kind;
    this.path = options.path;
  }
}

const SEED_FILE = 'key.seed';

/** Throws ConnectionError. */
export function readConnection(path: string): Connection {
  const value = parseJson(path, readText(path));
  const seedFile = text(value['seedFile']);
  const cluster = text(value['cluster']);
  const principal = parsePrincipal(value['principal']);
  const servers = value['servers'];
  if (seedFile === undefined || seedFile.includes('/'))
    throw malformed(path, 'seedFile must name a file beside it');
  if (cluster === undefined) throw malformed(path, 'cluster must be a name');
  if (principal === undefined)
    throw malformed(path, 'principal must be {kind: scheduler|node|user, name}');
  if (!Array.isArray(servers) || servers.length === 0 || !servers.every(isServer))
    throw malformed(path, 'servers must be a list of nats:// or tls:// addresses');
  const seed = readText(join(dirname(path), seedFile)).trim();
  return { cluster, servers, principal, seed };
}

/** Writes the file and the seed beside it, both mode 0600, each in one step. */
export function writeConnection(path: string, connection: Connection): void {
  const { seed, ...rest } = connection;
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  replaceFile(join(folder, SEED_FILE), `${seed}\n`);
  replaceFile(path, `${JSON.stringify({ ...rest, seedFile: SEED_FILE }, null, 2)}\n`);
}

function replaceFile(path: string, content: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, content, { mode: 0o600 });
  renameSync(temporary, path);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new ConnectionError(
        {
          kind: 'missing',
          path,
          problem: `no cluster is configured here (${path} does not exist): run 'pibatch up' to start one on this machine, or set PIBATCH_CONNECTION to the connection.json of another`,
        },
        cause,
      );
    throw new ConnectionError(
      { kind: 'unreadable', path, problem: `cannot read ${path} (${code})` },
      cause,
    );
  }
}

function parseJson(path: string, content: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(content);
    if (isRecord(value)) return value;
  } catch (cause) {
    throw new ConnectionError(
      { kind: 'malformed', path, problem: `${path} is not JSON: ${String(cause)}` },
      cause,
    );
  }
  throw malformed(path, 'it must be an object');
}

function parsePrincipal(value: unknown): Principal | undefined {
  if (!isRecord(value)) return undefined;
  const name = text(value['name']);
  const kind = value['kind'];
  if (name === undefined || !isSubjectToken(name)) return undefined;
  if (kind === 'scheduler' || kind === 'node') return { kind, name };
  if (kind !== 'user') return undefined;
  const role = text(value['role']);
  return role === undefined ? { kind, name } : { kind, name, role };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
const isServer = (value: unknown): value is string =>
  typeof value === 'string' && /^(nats|tls):\/\/./.test(value);
const malformed = (path: string, problem: string): ConnectionError =>
  new ConnectionError({ kind: 'malformed', path, problem: `${path}: ${problem}` });
