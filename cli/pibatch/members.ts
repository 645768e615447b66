/**
 * The principals of a private cluster: their keys, and the connection.json of each. Contract: a
 * seed is made once and kept; connection files always name the broker that runs now.
 */
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { BrokerMember } from '../../proto/brokerConfig.ts';
import { ConnectionError, readConnection, writeConnection } from '../../proto/connection.ts';
import { createSeed, publicKeysOf } from '../../proto/keys.ts';
import type { Principal } from '../../proto/subjects.ts';
import { type ClusterHome, type ClusterPlan, nodeHome } from './clusterHome.ts';

export type Member = {
  readonly principal: Principal;
  readonly connectionPath: string;
  readonly seed: string;
};

/** Reads or makes every member's seed. Throws ConnectionError for a damaged file. */
export function clusterMembers(
  home: ClusterHome,
  plan: ClusterPlan,
  user: string,
): readonly Member[] {
  const member = (principal: Principal, connectionPath: string): Member => ({
    principal,
    connectionPath,
    seed: existsSync(connectionPath) ? readConnection(connectionPath).seed : createSeed(),
  });
  return [
    member({ kind: 'scheduler', name: 'scheduler' }, join(home.scheduler, 'connection.json')),
    ...plan.nodes.map(({ name }) =>
      member({ kind: 'node', name }, join(nodeHome(home, name), 'connection.json')),
    ),
    member({ kind: 'user', name: user, role: 'admin' }, home.clientConnection),
  ];
}

/** The user whose connection lies here, if any: a cluster keeps its first user. */
export function existingUser(home: ClusterHome): string | undefined {
  try {
    return readConnection(home.clientConnection).principal.name;
  } catch (error) {
    if (error instanceof ConnectionError && error.kind === 'missing') return undefined;
    throw error;
  }
}

/** The login name as the broker can carry it. */
export function userToken(): string {
  const name = userInfo()
    .username.replaceAll(/[^A-Za-z0-9_-]/g, '_')
    .slice(0, 64);
  return name === '' ? 'user' : name;
}

/** True when the file changed: whoever runs with the old one must start again. */
export function writeMemberConnection(
  member: Member,
  to: { readonly cluster: string; readonly server: string },
): boolean {
  const { principal, connectionPath, seed } = member;
  const known = existsSync(connectionPath) ? readConnection(connectionPath).servers : [];
  if (known.length === 1 && known[0] === to.server) return false;
  writeConnection(connectionPath, {
    cluster: to.cluster,
    servers: [to.server],
    principal,
    seed,
  });
  return true;
}

export const brokerMembers = (members: readonly Member[]): readonly BrokerMember[] =>
  members.map(({ principal, seed }) => ({ principal, keys: publicKeysOf(seed) }));
