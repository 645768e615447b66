import { describe, expect, test } from 'vitest';
import { parseSettings } from '../../../scheduler/live/settings.ts';
import { DEFAULT_SETTINGS } from '../../../scheduler/model/defaultSettings.ts';

const parse = (value: unknown) => parseSettings('cluster.json', value);

test('everything has a default', () => {
  expect(parse({}).machine).toMatchObject(DEFAULT_SETTINGS);
  expect(parse({ users: { ada: 'admin', bob: 'user' } }).roles).toEqual(
    new Map([['ada', 'admin']]),
  );
});

describe('an error names the file, the key and the value', () => {
  test.each([
    [{ heartbeatMs: 'soon' }, /^cluster.json: heartbeatMs: .*"soon"/],
    [{ heartbeatMs: 5 }, /heartbeatMs: .*>=100.*given: 5/],
    [{ hartbeat: 1 }, /Unrecognized key: "hartbeat"/],
    [{ partitions: [] }, /partitions: /],
    [
      { partitions: [{ name: 'Main Queue', maxTimeMs: 60_000 }] },
      /partitions.0.name: .*Main Queue/,
    ],
    [{ users: { ada: 'root' } }, /users.ada: .*"root"/],
    [{ silentAfterMs: 4_000 }, /silentAfterMs: 4000 must be more than heartbeatMs, 5000/],
    [{ downAfterMs: 14_000 }, /downAfterMs: 14000 must not be less than silentAfterMs, 15000/],
    [{ policy: 'magic' }, /policy: .*"fifo"/],
    [[], /the file: /],
  ])('%j', (value, message) => {
    expect(() => parse(value)).toThrow(message);
  });
});
