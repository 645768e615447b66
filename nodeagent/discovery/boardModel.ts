import { parseRevision } from './revision.ts';
import type { Sysroot } from './sysroot.ts';

/**
 * The model's name for people: the device tree's, else by revision code, else the processor's.
 * `Hardware:` in cpuinfo is never used: it says BCM2835 on a Pi 3, 4 and 5 alike.
 */
export function boardModel(sysroot: Sysroot): string {
  const named =
    sysroot.read('/proc/device-tree/model') ?? sysroot.read('/sys/firmware/devicetree/base/model');
  if (named) return named;
  const cpuinfo = sysroot.read('/proc/cpuinfo') ?? '';
  const revision = parseRevision(cpuinfoField(cpuinfo, 'Revision') ?? '');
  if (revision?.model) return `${revision.model} Rev 1.${revision.boardRevision}`;
  return cpuinfoField(cpuinfo, 'model name') ?? cpuinfoField(cpuinfo, 'Model') ?? 'unknown';
}

export const isRaspberryPi = (sysroot: Sysroot): boolean =>
  (sysroot.read('/proc/device-tree/compatible') ?? '')
    .split('\0')
    .some((name) => name.startsWith('raspberrypi,')) ||
  boardModel(sysroot).startsWith('Raspberry Pi');

function cpuinfoField(cpuinfo: string, name: string): string | undefined {
  const line = cpuinfo.split('\n').find((candidate) => candidate.split(':')[0]?.trim() === name);
  return line?.slice(line.indexOf(':') + 1).trim();
}
