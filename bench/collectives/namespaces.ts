import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Hosts on one machine: network namespaces on a bridge, each of whose links carries 1 Gbit/s (a token
 * bucket of 64 KiB). Needs root, iproute2 and unshare.
 */
export type Namespaces = {
  readonly addresses: readonly string[];
  /** The command that runs a command in a namespace. */
  within(index: number): readonly string[];
  /** What Open MPI calls instead of ssh. */
  readonly agent: string;
  close(): void;
};

const BRIDGE = 'pibatchbr';
const nameOf = (index: number): string => `pibatch${index + 1}`;
const addressOf = (index: number): string => `10.77.0.${index + 1}`;

/** Undefined where this machine does not let us. */
export function openNamespaces(count: number, directory: string): Namespaces | undefined {
  const close = (): void => {
    for (let i = 0; i < count; i++) spawnSync('ip', ['netns', 'del', nameOf(i)]);
    spawnSync('ip', ['link', 'del', BRIDGE]);
  };
  try {
    build(count);
  } catch {
    close();
    return undefined;
  }
  const agent = join(directory, 'agent.sh');
  const enter = 'ip netns exec "pibatch${host##*.}" unshare --uts sh -c';
  const inside = '"hostname pibatch${host##*.}; $*"';
  writeFileSync(agent, `#!/bin/sh\nhost=$1; shift\nexec ${enter} ${inside}\n`);
  chmodSync(agent, 0o755);
  return {
    addresses: Array.from({ length: count }, (_, i) => addressOf(i)),
    within: (index) => ['ip', 'netns', 'exec', nameOf(index)],
    agent,
    close,
  };
}

function build(count: number): void {
  const ip = (...words: readonly string[]): void => {
    execFileSync('ip', words, { stdio: 'ignore' });
  };
  ip('link', 'add', BRIDGE, 'type', 'bridge');
  ip('link', 'set', BRIDGE, 'up');
  for (let i = 0; i < count; i++) {
    const name = nameOf(i);
    const outer = `pibatchv${i + 1}`;
    ip('netns', 'add', name);
    ip('link', 'add', outer, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
    ip('link', 'set', outer, 'master', BRIDGE);
    ip('link', 'set', outer, 'up');
    ip('-n', name, 'addr', 'add', `${addressOf(i)}/24`, 'dev', 'eth0');
    ip('-n', name, 'link', 'set', 'lo', 'up');
    ip('-n', name, 'link', 'set', 'eth0', 'up');
    const bucket = ['tbf', 'rate', '1gbit', 'burst', '64kb', 'latency', '50ms'];
    const tc = ['netns', 'exec', name, 'tc', 'qdisc', 'replace', 'dev', 'eth0', 'root', ...bucket];
    ip(...tc);
  }
}
