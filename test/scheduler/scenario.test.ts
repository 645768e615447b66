import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseCommand } from './scenario/words.ts';
import { World } from './scenario/world.ts';

/**
 * Golden transcripts: lines that begin with `> ` are commands, the indented lines below each
 * are what the machine answered. `UPDATE_SCENARIOS=1 npx vitest run test/scheduler/scenario`
 * writes them anew; read the difference before you commit it.
 */
const folder = join(import.meta.dirname, '../scenario');

function transcript(script: string): string {
  const world = new World();
  const lines = script.split('\n').flatMap((line) => {
    if (line.startsWith('  ')) return [];
    return line.startsWith('> ') ? [line, ...world.run(parseCommand(line.slice(2)))] : [line];
  });
  return lines.join('\n');
}

describe('scenario', () => {
  for (const file of readdirSync(folder)) {
    test(file, () => {
      const path = join(folder, file);
      const script = readFileSync(path, 'utf8');
      const said = transcript(script);
      if (process.env['UPDATE_SCENARIOS']) writeFileSync(path, said);
      else expect(said).toBe(script);
    });
  }
});
