import { describe, expect, test } from 'vitest';
import { timeMs } from '../../scheduler/model/time.ts';
import { refuseRule } from '../../scheduler/policy/cronRule.ts';
import { nextOccurrences } from '../../scheduler/policy/occurrence.ts';
import { createRandom } from '../../scheduler/sim/random.ts';
import { fuzz } from './fuzz.ts';
import { READERS } from './readers.ts';

/** `npm run fuzz` gives each reader hundreds of thousands; here a few, so that every commit does. */
describe('every reader returns or refuses whatever it is given', () => {
  test.each(READERS)('$name', (reader) => {
    const { crashes, slow } = fuzz(reader, createRandom(1), 1_500);
    expect({ crashes, slow }).toEqual({ crashes: [], slow: [] });
  });

  test.each(READERS)('$name: most seeds are right before they are bent', (reader) => {
    const fine = reader.seeds.filter((input) => {
      try {
        const value = reader.read(input);
        const refused = typeof value === 'object' && value !== null && 'ok' in value && !value.ok;
        return !refused;
      } catch {
        return false;
      }
    });
    expect(fine.length).toBeGreaterThan(0);
  });

  test('a rule that is not refused is followed, whatever blanks are around it', () => {
    // Found here: cron-parser reads '@daily' with a line's end behind it as another word.
    const rule = { cron: '@daily\n', timezone: 'UTC', overlap: 'skip', missed: 'skip' } as const;
    expect(refuseRule(rule)).toBeUndefined();
    const from = { seed: 'nightly', afterMs: timeMs(0) };
    expect(nextOccurrences(rule, from, 1)).toEqual([86_400_000]);
  });

  test('a reader that breaks, and one that dawdles, are noticed', () => {
    const seeds = [Buffer.from('a')];
    const broken = { name: 'x', seeds, refusals: [RangeError], read: () => JSON.parse('{') };
    expect(fuzz(broken, createRandom(1), 3).crashes[0]?.why).toMatch(/SyntaxError/);
    const read = () => Array.from({ length: 3_000_000 }, (_, at) => at).sort((a, b) => b - a);
    expect(fuzz({ ...broken, read }, createRandom(1), 1).slow).toHaveLength(1);
  });
});
