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
const CURE = 'cgroup_enable=memory';

export function probeConfinement(sysroot: Sysroot): Confinement {
  const controllers = sysroot.read('/sys/fs/cgroup/cgroup.controllers');
  if (controllers?.split(/\s+/).includes('memory')) return { mode: 'cgroup2', warnings: [] };
  if (sysroot.list('/sys/fs/cgroup/memory').includes('memory.limit_in_bytes'))
    return { mode: 'cgroup1', warnings: [] };
  return { mode: 'watch', warnings: [memoryWarning(sysroot)] };
}

function memoryWarning(sysroot: Sysroot): string {
  const without = 'memory limits are enforced by watching, once a second';
  if (!isRaspberryPi(sysroot))
    return `the memory controller of cgroups is not available here: ${without}`;
  const bootFile =
    BOOT_FILES.find((file) => sysroot.read(file) !== undefined) ?? '/boot/firmware/cmdline.txt';
  if ((sysroot.read('/proc/cmdline') ?? '').split(/\s+/).includes(CURE))
    return `${CURE} is set but this kernel ignores it (raspberrypi/linux#6980): ${without}`;
  return (
    `Raspberry Pi OS starts with the memory controller off: ${without}. To switch it on, add ` +
    `'${CURE}' to the end of the one line in ${bootFile} and reboot`
  );
}
