import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { statesPage } from '../../scheduler/sim/statesPage.ts';

test('docs/states.md is what `node scripts/states.mjs` writes', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/states.md'), 'utf8');
  expect(page).toBe(statesPage());
});
