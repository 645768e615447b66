import { hostname } from 'node:os';
import { availableCores } from './coreList.ts';
import { boardModel } from './boardModel.ts';
import { probeConfinement } from './confinement.ts';
import { bootId } from '../../proto/processIdentity.ts';
import type { Sysroot } from './sysroot.ts';

/** What a node is; constant while the agent runs. */
export type Inventory = {
  readonly hostName: string;
  readonly model: string;
  readonly architecture: string;
  readonly cores: readonly number[];
  /** Memory offered to jobs. */
  readonly memoryBytes: number;
  readonly operatingSystem: string;
  readonly bootId: string;
  readonly confinement: string;
  readonly warnings: readonly string[];
};

export type InventoryOptions = {
  readonly sysroot: Sysroot;
  /** Whether this process may use the controller that the system has. */
  readonly mayConfine: boolean;
  /** Set by the administrator instead of found. */
  readonly cores: readonly number[] | undefined;
  readonly memoryBytes: number | undefined;
};

const MIB = 2 ** 20;
/** Kept for the system and the agent: this share of the memory, and at least so much. */
const RESERVED_SHARE = 1 / 16;
const RESERVED_BYTES = 128 * MIB;

export function takeInventory(options: InventoryOptions): Inventory {
  const { sysroot } = options;
  const confinement = probeConfinement(sysroot, options);
  return {
    hostName: sysroot.read('/etc/hostname') || hostname(),
    model: boardModel(sysroot),
    architecture: process.arch,
    cores: options.cores ?? availableCores(sysroot),
    memoryBytes: options.memoryBytes ?? offeredMemory(totalMemoryBytes(sysroot)),
    operatingSystem: operatingSystem(sysroot),
    bootId: sysroot.read('/proc/sys/kernel/random/boot_id') ?? bootId(),
    confinement: confinement.mode,
    warnings: [...confinement.warnings, ...runtimeWarnings()],
  };
}

export function totalMemoryBytes(sysroot: Sysroot): number {
  const kib = /^MemTotal:\s+(\d+) kB/m.exec(sysroot.read('/proc/meminfo') ?? '')?.[1];
  return Number(kib ?? 0) * 1_024;
}

/** Whole MiB, so that sums of job requests compare exactly. */
export function offeredMemory(totalBytes: number): number {
  const reserved = Math.max(RESERVED_BYTES, totalBytes * RESERVED_SHARE);
  return Math.max(0, Math.floor((totalBytes - reserved) / MIB)) * MIB;
}

function operatingSystem(sysroot: Sysroot): string {
  const name = /^PRETTY_NAME="?([^"\n]*)"?/m.exec(sysroot.read('/etc/os-release') ?? '')?.[1];
  const kernel = sysroot.read('/proc/sys/kernel/osrelease');
  return [name ?? 'Linux', kernel].filter((word) => word !== undefined).join(', ');
}

function runtimeWarnings(): string[] {
  return process.arch === 'arm'
    ? ['this is a 32-bit system: kernels need a 64-bit one; install the 64-bit Raspberry Pi OS']
    : [];
}
