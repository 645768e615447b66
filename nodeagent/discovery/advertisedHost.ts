import { networkInterfaces } from 'node:os';

/**
 * The address at which peers reach this node when none was given: loopback for a cluster whose
 * broker is on loopback, else the first address of a real interface, IPv4 before IPv6.
 */
const LOOPBACK = /^(127\.|localhost$|\[?::1\]?$)/;

export function advertisedHost(servers: readonly string[]): string {
  const brokers = servers.map((server) => new URL(server).hostname);
  if (brokers.every((host) => LOOPBACK.test(host))) return '127.0.0.1';
  const addresses = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'));
  addresses.sort((a, b) => a.family.localeCompare(b.family));
  return addresses[0]?.address ?? '127.0.0.1';
}
