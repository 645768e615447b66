import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EnergyMeter } from '../../nodeagent/jobhost/energyMeter.ts';
import { sysrootAt } from '../../nodeagent/discovery/sysroot.ts';
import { readBoardEnergy, startBoardMeter } from '../../nodeagent/power/boardMeter.ts';
import { integrated, NOTHING_YET } from '../../nodeagent/power/integral.ts';
import { parsePmic } from '../../nodeagent/power/pmic.ts';
import { findPowerSource } from '../../nodeagent/power/powerSource.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pibatch-power-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${text}\n`);
  }
}

/** Volts and amperes of a busy Pi 5, as its firmware prints them. */
const RAILS: readonly (readonly [string, number, number])[] = [
  ['3V7_WL_SW', 3.799996, 0],
  ['3V3_SYS', 3.306322, 0.06245952],
  ['1V8_SYS', 1.798289, 0.1610285],
  ['DDR_VDD2', 1.102929, 0.00780744],
  ['DDR_VDDQ', 0.6047613, 0],
  ['1V1_SYS', 1.104394, 0.1756674],
  ['0V8_SW', 0.8025633, 0.3279125],
  ['VDD_CORE', 0.8974594, 10.87674],
  ['3V3_DAC', 3.304942, 0.0003663],
  ['3V3_ADC', 3.302194, 0.00042735],
  ['0V8_AON', 0.7973619, 0.00579975],
  ['HDMI', 5.07056, 0.0136752],
];
const PMIC = [
  ...RAILS.map(([name, , amperes], at) => `${name}_A current(${at})=${amperes.toFixed(8)}A`),
  ...RAILS.map(([name, volts], at) => `${name}_V volt(${at + 8})=${volts.toFixed(8)}V`),
  'EXT5V_V volt(24)=5.06788000V',
  'BATT_V volt(25)=3.01110800V',
]
  .map((line) => line.padStart(40))
  .join('\n');

describe('the power chip of a Pi 5', () => {
  test('the rails of a busy board: 10.800 W, which are 12.955 W at the plug', () => {
    expect(parsePmic(PMIC)).toBeCloseTo(12.955, 3);
  });

  test.each([
    ['nothing', ''],
    ['an error', 'Command not registered'],
    ['half of it', PMIC.split('\n').slice(0, 14).join('\n')],
    ['units that do not fit', PMIC.replaceAll(/=([\d.]+)A/g, '=$1V')],
    ['numbers that are none', PMIC.replaceAll(/=[\d.]+/g, '=1e9')],
  ])('%s is no reading', (_, text) => {
    expect(parsePmic(text)).toBeUndefined();
  });
});

describe('where a board says what it draws', () => {
  test('a shunt in the supply', async () => {
    put({
      '/sys/class/hwmon/hwmon0/name': 'cpu_thermal',
      '/sys/class/hwmon/hwmon1/name': 'ina226',
    });
    expect(findPowerSource(sysrootAt(root))).toBeUndefined();
    put({ '/sys/class/hwmon/hwmon1/power1_input': '6425000' });
    const source = findPowerSource(sysrootAt(root));
    expect(source?.how).toBe('metered');
    expect(await source?.read()).toEqual({ kind: 'watts', watts: 6.425 });
    for (const wrong of ['-5', 'unknown', '99999999999999', '']) {
      put({ '/sys/class/hwmon/hwmon1/power1_input': wrong });
      expect(await source?.read()).toBeUndefined();
    }
  });

  test("the counter of a PC's processor, or of the board around it", async () => {
    const zone = '/sys/class/powercap/intel-rapl:0';
    put({
      [`${zone}/name`]: 'package-0',
      [`${zone}/energy_uj`]: '5000000',
      [`${zone}/max_energy_range_uj`]: '9000000',
      '/sys/class/powercap/intel-rapl:0:0/energy_uj': '1',
    });
    const source = findPowerSource(sysrootAt(root));
    expect(await source?.read()).toEqual({ kind: 'joules', joules: 5, wrapsJ: 9 });
    put({
      '/sys/class/powercap/intel-rapl:1/name': 'psys',
      '/sys/class/powercap/intel-rapl:1/energy_uj': '7000000',
    });
    expect(await findPowerSource(sysrootAt(root))?.read()).toMatchObject({ joules: 7 });
  });

  test('a Pi 5 without the program has no readings, a Pi 4 has no source', async () => {
    const boards = join(import.meta.dirname, 'fixtures');
    expect(findPowerSource(sysrootAt(join(boards, 'pi4')))).toBeUndefined();
    cpSync(join(boards, 'pi5'), root, { recursive: true });
    const source = findPowerSource(sysrootAt(root));
    expect(source?.how).toBe('pmic');
    expect(await source?.read()).toBeUndefined();
  });
});

describe('joules', () => {
  const watts = (value: number) => ({ kind: 'watts', watts: value }) as const;
  const joules = (value: number) => ({ kind: 'joules', joules: value, wrapsJ: 100 }) as const;

  test('of watts: the mean of both ends, and nothing over a gap', () => {
    let sum = integrated(NOTHING_YET, watts(4), 1_000);
    sum = integrated(sum, watts(6), 3_000);
    expect(sum.joules).toBe(10);
    expect(integrated(sum, watts(6), 60_000).joules).toBe(10);
  });

  test('of a counter, also past its end', () => {
    let sum = integrated(NOTHING_YET, joules(90), 1_000);
    sum = integrated(sum, joules(95), 2_000);
    expect(integrated(sum, joules(5), 3_000).joules).toBe(15);
  });

  test('of a part: its share of the mean watts, when they were read long enough', () => {
    const energy = { how: 'pmic' as 'pmic' | 'metered', joules: 100, atMs: 0 };
    const meter = new EnergyMeter({ read: () => ({ ...energy }), share: 0.5, startedAtMs: 1_000 });
    for (let second = 2; second <= 20; second += 2) {
      Object.assign(energy, { joules: 100 + 8 * second, atMs: 1_000 * second });
      meter.sample();
    }
    // 8 W over 20 s were seen; the part ran 21 s on half of the cores.
    expect(meter.used(22_000)).toEqual({ joules: 84, how: 'pmic' });
    expect(meter.used(60_000)).toBeUndefined();
    const short = new EnergyMeter({ read: () => ({ ...energy }), share: 1, startedAtMs: 0 });
    Object.assign(energy, { joules: 300, atMs: 24_000 });
    expect(short.used(5_000)).toBeUndefined();
    const none = new EnergyMeter({ read: () => undefined, share: 1, startedAtMs: 0 });
    expect(none.used(5_000)).toBeUndefined();
  });

  test('the agent keeps what was drawn where job hosts look', async () => {
    const source = { how: 'metered', read: async () => watts(5) } as const;
    const stop = startBoardMeter(root, source);
    await expect.poll(() => readBoardEnergy(root)).toMatchObject({ how: 'metered', joules: 0 });
    stop();
    expect(readBoardEnergy(root)).toBeUndefined();
    for (const text of ['', '{}', '{"how":"guessed","joules":1,"atMs":1}', '{"how":"pmic"']) {
      writeFileSync(join(root, 'power.json'), text);
      expect(readBoardEnergy(root)).toBeUndefined();
    }
  });
});
