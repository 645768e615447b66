import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Command } from '../../cli/command.ts';
import { helpText } from '../../cli/help.ts';
import { piacct } from '../../cli/piacct.ts';
import { picancel } from '../../cli/picancel.ts';
import { picron } from '../../cli/picron.ts';
import { pictl } from '../../cli/pictl.ts';
import { pilogs } from '../../cli/pilogs.ts';
import { pinodes } from '../../cli/pinodes.ts';
import { piqueue } from '../../cli/piqueue.ts';
import { pirun } from '../../cli/pirun.ts';
import { sim } from '../../cli/pibatch/sim.ts';
import { pisub } from '../../cli/pisub.ts';

const COMMANDS: readonly Command[] = [
  pisub,
  pirun,
  piqueue,
  picancel,
  pinodes,
  pilogs,
  piacct,
  picron,
  pictl,
  sim,
];

describe.each(COMMANDS.map((command) => [command.name, command] as const))(
  '%s',
  (name, command) => {
    test('--help is the golden text and fits 80 columns', async () => {
      const text = helpText(command);
      expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
      await expect(text).toMatchFileSnapshot(join('help', `${name}.txt`));
    });

    test('no option is spelled twice', () => {
      const spellings = command.options.flatMap((option) => [
        option.name,
        ...(option.aliases ?? []),
      ]);
      expect([...spellings].sort()).toEqual([...new Set(spellings)].sort());
      expect(spellings).not.toContain('help');
    });

    test('examples name the command, options say what they do', () => {
      for (const [line] of command.examples) expect(line).toContain(name);
      for (const option of command.options) {
        expect(option.describe.length).toBeGreaterThan(5);
        expect(option.takes === 'nothing').toBe(option.placeholder === undefined);
      }
    });
  },
);
