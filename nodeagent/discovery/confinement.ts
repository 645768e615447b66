import { isRaspberryPi } from './boardModel.ts';
import type { Sysroot } from './sysroot.ts';

/**
 * How far this node can hold a job to its memory. `watch`: its processes are measured every
 * second and killed when they exceed it; a sudden burst is seen late.
 */
export type Confinement = {
  readonly mode: 'cgroup2' | 'cgroup1' | 'watch';
  /** Says what is missing and what to do about it. */
  readonly warnings: readonly string[];
};

const BOOT_FILES = ['/boot/firmware/cmdline.txt', '/boot/cmdline.txt'];
const WITHOUT = 'memory limits are enforced by watching, once a second';
const RIGHTS = 'the agent may not make cgroups; run it as a service with Delegate=yes, or as root';
const CURE = 'cgroup_enable=memory';

/** `mayConfine`: whether this process may use what the system has. */
export function probeConfinement(
  sysroot: Sysroot,
  { mayConfine }: { readonly mayConfine: boolean },
): Confinement {
  const mode = availableMode(sysroot);
  if (mode === 'watch') return { mode, warnings: [memoryWarning(sysroot)] };
  if (mayConfine) return { mode, warnings: [] };
  return { mode: 'watch', warnings: [`${WITHOUT}: ${RIGHTS}`] };
}

function availableMode(sysroot: Sysroot): Confinement['mode'] {
  const controllers = sysroot.read('/sys/fs/cgroup/cgroup.controllers');
  if (controllers?.split(/\s+/).includes('memory')) return 'cgroup2';
  if (sysroot.list('/sys/fs/cgroup/memory').includes('memory.limit_in_bytes')) return 'cgroup1';
  return 'watch';
}

function memoryWarning(sysroot: Sysroot): string {
  if (!isRaspberryPi(sysroot))
    return `the memory controller of cgroups is not available here: ${WITHOUT}`;
  const bootFile =
    BOOT_FILES.find((file) => sysroot.read(file) !== undefined) ?? '/boot/firmware/cmdline.txt';
  if ((sysroot.read('/proc/cmdline') ?? '').split(/\s+/).includes(CURE))
    return `${CURE} is set but this kernel ignores it (raspberrypi/linux#6980): ${WITHOUT}`;
  return (
    `Raspberry Pi OS starts with the memory controller off: ${WITHOUT}. To switch it on, add ` +
    `'${CURE}' to the end of the one line in ${bootFile} and reboot`
  );
}
