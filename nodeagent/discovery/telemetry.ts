import type { Sysroot } from './sysroot.ts';

/** How a node is right now. Undefined: this board does not say. */
export type Telemetry = {
  /** Runnable processes, average of one minute. */
  readonly load: number;
  readonly memoryAvailableBytes: number;
  readonly temperatureMilliC: number | undefined;
  /** The firmware's get_throttled bits: 0-3 now, 16-19 since boot. */
  readonly throttledBits: number | undefined;
  readonly frequencyHz: number | undefined;
};

const THROTTLED = '/sys/devices/platform/soc/soc:firmware/get_throttled';
const UNDER_VOLTAGE = 1;
/** Bits 0-3: under-voltage, frequency capped, throttled, soft temperature limit, at this moment. */
const NOW_BITS = 0xf;

export function readTelemetry(sysroot: Sysroot): Telemetry {
  return {
    load: Number(sysroot.read('/proc/loadavg')?.split(' ')[0] ?? 0),
    memoryAvailableBytes: memoryAvailable(sysroot),
    temperatureMilliC: integer(sysroot.read('/sys/class/thermal/thermal_zone0/temp')),
    throttledBits: readThrottledBits(sysroot),
    frequencyHz: frequency(sysroot),
  };
}

/** From the firmware (hexadecimal), else at least under-voltage from the rpi_volt sensor. */
export function readThrottledBits(sysroot: Sysroot): number | undefined {
  const bits = Number.parseInt(sysroot.read(THROTTLED) ?? '', 16);
  if (!Number.isNaN(bits)) return bits;
  const sensors = '/sys/class/hwmon';
  const sensor = sysroot
    .list(sensors)
    .find((name) => sysroot.read(`${sensors}/${name}/name`) === 'rpi_volt');
  const alarm = sensor && integer(sysroot.read(`${sensors}/${sensor}/in0_lcrit_alarm`));
  if (typeof alarm !== 'number') return undefined;
  return alarm > 0 ? UNDER_VOLTAGE : 0;
}

/** Slowed down at this moment, by heat or by a weak power supply. */
export const isThrottledNow = (bits: number | undefined): boolean => ((bits ?? 0) & NOW_BITS) !== 0;

function memoryAvailable(sysroot: Sysroot): number {
  const kib = /^MemAvailable:\s+(\d+) kB/m.exec(sysroot.read('/proc/meminfo') ?? '')?.[1];
  return Number(kib ?? 0) * 1_024;
}

function frequency(sysroot: Sysroot): number | undefined {
  const khz = integer(sysroot.read('/sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq'));
  return khz === undefined ? undefined : khz * 1_000;
}

function integer(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}
