import { execFile } from 'node:child_process';
import { boardModel } from '../discovery/boardModel.ts';
import type { Sysroot } from '../discovery/sysroot.ts';
import { parsePmic } from './pmic.ts';

/**
 * Where a board says what it draws: a shunt in its supply (hwmon), the power chip of a Pi 5
 * (vcgencmd), or the counters of a PC's processor (powercap), the first of these that can be read.
 */
export type PowerSource = {
  readonly how: 'metered' | 'pmic';
  /** Undefined when there is no reading that can be. */
  read(): Promise<PowerReading | undefined>;
};

/** Watts at this moment, or joules since whenever; a counter begins anew at `wrapsJ`. */
export type PowerReading =
  | { readonly kind: 'watts'; readonly watts: number }
  | { readonly kind: 'joules'; readonly joules: number; readonly wrapsJ: number | undefined };

/** Shunt monitors that are put between a supply and a board. */
const SHUNTS = /^ina(219|220|226|228|230|231|237|238|260|3221)$/;
const HWMON = '/sys/class/hwmon';
const POWERCAP = '/sys/class/powercap';
const MICRO = 1e6;
/** No board of a cluster of small boards, nor a whole PC, draws more. */
const MOST_WATTS = 5_000;

export function findPowerSource(sysroot: Sysroot): PowerSource | undefined {
  return shunt(sysroot) ?? pmic(sysroot) ?? processor(sysroot);
}

function shunt(sysroot: Sysroot): PowerSource | undefined {
  const sensor = sysroot
    .list(HWMON)
    .map((name) => `${HWMON}/${name}`)
    .find((path) => SHUNTS.test(sysroot.read(`${path}/name`) ?? ''));
  const watts = (): number | undefined => micro(sysroot.read(`${sensor}/power1_input`));
  if (sensor === undefined || watts() === undefined) return undefined;
  return { how: 'metered', read: async () => reading(watts()) };
}

function pmic(sysroot: Sysroot): PowerSource | undefined {
  const model = boardModel(sysroot);
  if (!/^Raspberry Pi (5|500|Compute Module 5)\b/.test(model)) return undefined;
  return { how: 'pmic', read: async () => reading(parsePmic(await askFirmware())) };
}

/** Whole processors; `psys` is the board they are on, where there is one. */
function processor(sysroot: Sysroot): PowerSource | undefined {
  const zones = sysroot
    .list(POWERCAP)
    .filter((name) => /^intel-rapl:\d+$/.test(name))
    .map((name) => `${POWERCAP}/${name}`)
    .filter((path) => micro(sysroot.read(`${path}/energy_uj`)) !== undefined);
  const board = zones.filter((path) => sysroot.read(`${path}/name`) === 'psys');
  const chosen = board.length > 0 ? board : zones;
  if (chosen.length === 0) return undefined;
  const ranges = chosen.map((path) => micro(sysroot.read(`${path}/max_energy_range_uj`)));
  return {
    how: 'metered',
    read: async () => {
      const joules = sum(chosen.map((path) => micro(sysroot.read(`${path}/energy_uj`))));
      // Counters of several processors do not begin anew together.
      const wrapsJ = chosen.length === 1 ? ranges[0] : undefined;
      return joules === undefined ? undefined : { kind: 'joules', joules, wrapsJ };
    },
  };
}

const reading = (watts: number | undefined): PowerReading | undefined =>
  watts !== undefined && watts > 0 && watts <= MOST_WATTS ? { kind: 'watts', watts } : undefined;

/** Not negative, and not longer than a number of this kind is. */
const micro = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,18}$/.test(text) ? Number(text) / MICRO : undefined;

function sum(values: readonly (number | undefined)[]): number | undefined {
  let total = 0;
  for (const value of values) {
    if (value === undefined) return undefined;
    total += value;
  }
  return total;
}

const ASK_MS = 1_000;
const MOST_BYTES = 16 * 1_024;

/** Empty when the program is not there, hangs, fails or talks too much. */
function askFirmware(): Promise<string> {
  return new Promise((done) => {
    const options = { timeout: ASK_MS, maxBuffer: MOST_BYTES, killSignal: 'SIGKILL' } as const;
    execFile('vcgencmd', ['pmic_read_adc'], options, (error, stdout) => done(error ? '' : stdout));
  });
}
