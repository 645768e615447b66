import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * A cgroup that holds the processes of one rank to its memory: the kernel ends what exceeds it,
 * at once. Version 2 (Raspberry Pi OS with `cgroup_enable=memory`) and version 1. Where neither
 * may be used, ranks are watched instead (usageMeter.ts). Source: kernel docs, cgroup-v2.rst.
 */
export type GroupBase = { readonly version: 1 | 2; readonly folder: string };

/** Where this process may make memory groups; undefined when it may not. Throws nothing. */
export function openGroupBase(mount: string, ownGroups: string): GroupBase | undefined {
  return version2Base(mount, ownGroups) ?? version1Base(mount, ownGroups);
}

/** The path of a process in a hierarchy: `0::/a` is version 2's, `4:memory:/a` version 1's. */
const pathIn = (ownGroups: string, hierarchy: RegExp): string | undefined =>
  ownGroups
    .split('\n')
    .find((line) => hierarchy.test(line))
    ?.split(':')
    .slice(2)
    .join(':');

function version1Base(mount: string, ownGroups: string): GroupBase | undefined {
  const own = pathIn(ownGroups, /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:/);
  if (own === undefined) return undefined;
  const folder = join(mount, 'memory', own, 'pibatch');
  return canMake(folder, 'memory.limit_in_bytes') ? { version: 1, folder } : undefined;
}

function version2Base(mount: string, ownGroups: string): GroupBase | undefined {
  const own = pathIn(ownGroups, /^0::/);
  if (own === undefined || !hasMemory(mount, 'cgroup.controllers')) return undefined;
  const delegated = delegatedBase(join(mount, own));
  if (delegated) return delegated;
  const folder = join(mount, 'pibatch');
  if (!canMake(folder, 'cgroup.procs') || !enableMemory(mount) || !enableMemory(folder))
    return undefined;
  return { version: 2, folder };
}

/**
 * A group that systemd delegated to this service: groups with children may hold no processes, so
 * the agent moves into a leaf. Fails, and changes nothing, where other processes live beside it.
 */
function delegatedBase(own: string): GroupBase | undefined {
  const isLeaf = own.endsWith('/agent');
  const service = isLeaf ? dirname(own) : own;
  const leaf = join(service, 'agent');
  const folder = join(service, 'jobs');
  if (!hasMemory(service, 'cgroup.controllers') || !existsSync(join(service, 'cgroup.type')))
    return undefined;
  if (!canMake(leaf, 'cgroup.procs') || !write(join(leaf, 'cgroup.procs'), process.pid))
    return undefined;
  const isOpen = enableMemory(service) && canMake(folder, 'cgroup.procs') && enableMemory(folder);
  if (isOpen) return { version: 2, folder };
  write(join(service, 'cgroup.procs'), process.pid);
  removeGroup(leaf);
  return undefined;
}

const hasMemory = (folder: string, file: string): boolean =>
  (read(join(folder, file)) ?? '').split(/\s+/).includes('memory');

const enableMemory = (folder: string): boolean =>
  hasMemory(folder, 'cgroup.subtree_control') ||
  write(join(folder, 'cgroup.subtree_control'), '+memory');

function canMake(folder: string, proof: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    return existsSync(join(folder, proof));
  } catch {
    return false;
  }
}

export class MemoryGroup {
  private readonly base: GroupBase;
  private readonly folder: string;

  private constructor(base: GroupBase, folder: string) {
    this.base = base;
    this.folder = folder;
  }

  /** Undefined when the kernel does not let us: the rank is then watched only. */
  static make(base: GroupBase, name: string, limitBytes: number): MemoryGroup | undefined {
    const folder = join(base.folder, name);
    const isTwo = base.version === 2;
    try {
      mkdirSync(folder);
    } catch {
      return undefined;
    }
    if (!write(join(folder, isTwo ? 'memory.max' : 'memory.limit_in_bytes'), limitBytes)) {
      removeGroup(folder);
      return undefined;
    }
    // Swap would turn the limit into a slow-down; not every kernel counts it.
    if (isTwo) write(join(folder, 'memory.swap.max'), 0);
    else write(join(folder, 'memory.memsw.limit_in_bytes'), limitBytes);
    return new MemoryGroup(base, folder);
  }

  /** A process joins by writing its id here. */
  get joinPath(): string {
    return join(this.folder, 'cgroup.procs');
  }

  /** Whether the kernel has killed a process of this group for its memory. */
  hasKilled(): boolean {
    const file = this.base.version === 2 ? 'memory.events' : 'memory.oom_control';
    const count = /^oom_kill (\d+)/m.exec(read(join(this.folder, file)) ?? '')?.[1];
    return Number(count ?? 0) > 0;
  }

  /** Every process of the group at once, however it hid. Version 1 has no such thing. */
  kill(): void {
    if (this.base.version === 2) write(join(this.folder, 'cgroup.kill'), 1);
  }

  remove(): void {
    removeGroup(this.folder);
  }
}

/** Only an empty group goes; one that stays costs a little memory until the next reboot. */
function removeGroup(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Busy: a process is still leaving.
  }
}

function write(path: string, value: string | number): boolean {
  try {
    writeFileSync(path, String(value));
    return true;
  } catch {
    return false;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
