import { pmicWatts } from '../../accounting/energy.ts';

/**
 * `vcgencmd pmic_read_adc` of a Pi 5: a current and a voltage for each of twelve rails, as
 * `VDD_CORE_A current(7)=10.87674000A` and `VDD_CORE_V volt(15)=0.89745940V`. Two more voltages have no current.
 */
const LINE =
  /^\s*([0-9A-Z_]{1,24})_([AV]) (?:current|volt)\(\d{1,3}\)=(\d{1,4}\.\d{1,12})([AV])\s*$/;
const LEAST_RAILS = 8;
const MOST_RAILS = 64;

/** Watts of the board; undefined when it is not that. */
export function parsePmic(text: string): number | undefined {
  const rails = new Map<string, { volts?: number; amperes?: number }>();
  for (const line of text.split('\n')) {
    const [, name = '', quantity, value, unit] = LINE.exec(line) ?? [];
    if (quantity === undefined || quantity !== unit || rails.size >= MOST_RAILS) continue;
    const rail = rails.get(name) ?? {};
    rails.set(name, { ...rail, [quantity === 'A' ? 'amperes' : 'volts']: Number(value) });
  }
  const whole = [...rails.values()].flatMap(({ volts, amperes }) =>
    volts === undefined || amperes === undefined ? [] : [{ volts, amperes }],
  );
  return whole.length < LEAST_RAILS ? undefined : pmicWatts(whole);
}
