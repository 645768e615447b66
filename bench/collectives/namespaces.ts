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
  readonly nameOf: (index: number) => string;
  /** What Open MPI calls instead of ssh. */
  readonly agent: string;
  /** False where this machine does not let us. */
  open(): boolean;
  close(): void;
};

const addressOf = (index: number): string => `10.77.0.${index + 1}`;

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Nothing exists before `open`. Its names tell which process made it, so several may run at once. */
export function namespacesOf(count: number, directory: string): Namespaces {
  const names = { namespace: `pibatch${process.pid}-`, link: `pb${process.pid}` };
  const nameOf = (index: number): string => `${names.namespace}${index + 1}`;
  const agent = join(directory, 'agent.sh');
  const enter = `ip netns exec "${names.namespace}\${host##*.}" unshare --uts sh -c`;
  const inside = `"hostname ${names.namespace}\${host##*.}; $*"`;
  const interrupted = (): void => {
    close();
    process.exit(130);
  };
  const close = (): void => {
    for (const signal of SIGNALS) process.off(signal, interrupted);
    for (let i = 0; i < count; i++) spawnSync('ip', ['netns', 'del', nameOf(i)]);
    spawnSync('ip', ['link', 'del', names.link]);
  };
  return {
    addresses: Array.from({ length: count }, (_, i) => addressOf(i)),
    within: (index) => ['ip', 'netns', 'exec', nameOf(index)],
    nameOf,
    agent,
    open: () => {
      for (const signal of SIGNALS) process.once(signal, interrupted);
      writeFileSync(agent, `#!/bin/sh\nhost=$1; shift\nexec ${enter} ${inside}\n`);
      chmodSync(agent, 0o755);
      try {
        build(count, names.link, nameOf);
        return true;
      } catch {
        close();
        return false;
      }
    },
    close,
  };
}

function build(count: number, bridge: string, nameOf: (index: number) => string): void {
  const ip = (...words: readonly string[]): void => {
    execFileSync('ip', words, { stdio: 'ignore' });
  };
  ip('link', 'add', bridge, 'type', 'bridge');
  ip('link', 'set', bridge, 'up');
  for (let i = 0; i < count; i++) {
    const name = nameOf(i);
    const outer = `${bridge}v${i + 1}`;
    ip('netns', 'add', name);
    ip('link', 'add', outer, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
    ip('link', 'set', outer, 'master', bridge);
    ip('link', 'set', outer, 'up');
    ip('-n', name, 'addr', 'add', `${addressOf(i)}/24`, 'dev', 'eth0');
    ip('-n', name, 'link', 'set', 'lo', 'up');
    ip('-n', name, 'link', 'set', 'eth0', 'up');
    const bucket = ['tbf', 'rate', '1gbit', 'burst', '64kb', 'latency', '50ms'];
    const tc = ['netns', 'exec', name, 'tc', 'qdisc', 'replace', 'dev', 'eth0', 'root', ...bucket];
    ip(...tc);
  }
}
