import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { advertisedHost } from '../../nodeagent/discovery/advertisedHost.ts';
import { boardModel, isRaspberryPi } from '../../nodeagent/discovery/boardModel.ts';
import { probeConfinement } from '../../nodeagent/discovery/confinement.ts';
import { BadCoreListError, parseCoreList } from '../../nodeagent/discovery/coreList.ts';
import { offeredMemory, takeInventory } from '../../nodeagent/discovery/inventory.ts';
import { parseMemory } from '../../nodeagent/discovery/memorySize.ts';
import { parseRevision } from '../../nodeagent/discovery/revision.ts';
import { sysrootAt } from '../../nodeagent/discovery/sysroot.ts';
import { isThrottledNow, readTelemetry } from '../../nodeagent/discovery/telemetry.ts';
import { nodeWeight } from '../../nodeagent/discovery/weight.ts';

/** What boards say of themselves: fixtures hold the files of Raspberry Pi OS that matter. */
const board = (name: string) => sysrootAt(join(import.meta.dirname, 'fixtures', name));
const inventoryOf = (name: string) =>
  takeInventory({
    sysroot: board(name),
    mayConfine: true,
    cores: undefined,
    memoryBytes: undefined,
  });
const GIB = 2 ** 30;

test.each([
  ['pi3bplus', 'Raspberry Pi 3 Model B Plus Rev 1.3', 781 * 2 ** 20, 'watch'],
  ['pi4', 'Raspberry Pi 4 Model B Rev 1.1', 3_557 * 2 ** 20, 'cgroup2'],
  ['pi5', 'Raspberry Pi 5 Model B Rev 1.0', 7_548 * 2 ** 20, 'watch'],
  ['zero2w', 'Raspberry Pi Zero 2 W Rev 1.0', 298 * 2 ** 20, 'watch'],
])('%s is %s', (name, model, memoryBytes, confinement) => {
  const found = inventoryOf(name);
  expect(found).toMatchObject({
    model,
    memoryBytes,
    confinement,
    cores: [0, 1, 2, 3],
    hostName: name,
  });
  expect(found.bootId).toMatch(/^11111111-/);
  expect(found.operatingSystem).toMatch(/^Debian GNU\/Linux 1\d .*, 6\.\d+/);
  expect(isRaspberryPi(board(name))).toBe(true);
});

test.each([
  ['pi3bplus', 61_224, 0x80008, 1_200_000_000, true],
  ['pi4', 42_355, 0x50005, 600_000_000, true],
  ['pi5', 55_000, 0, 2_400_000_000, false],
  ['zero2w', 48_312, 1, 1_000_000_000, true],
])(
  '%s: temperature, throttling and frequency',
  (name, temperatureMilliC, bits, frequencyHz, slow) => {
    const found = readTelemetry(board(name));
    expect(found).toMatchObject({
      temperatureMilliC,
      throttledBits: bits,
      frequencyHz,
      load: 0.31,
    });
    expect(isThrottledNow(found.throttledBits)).toBe(slow);
  },
);

const probe = (name: string) => probeConfinement(board(name), { mayConfine: true });

test('the memory controller that is off is told with the line that switches it on', () => {
  expect(probe('pi5').warnings[0]).toContain(
    "add 'cgroup_enable=memory' to the end of the one line in /boot/firmware/cmdline.txt",
  );
  expect(probe('zero2w').warnings[0]).toContain('this kernel ignores it');
  expect(probe('pi4')).toEqual({ mode: 'cgroup2', warnings: [] });
  const without = probeConfinement(board('pi4'), { mayConfine: false });
  expect(without).toMatchObject({ mode: 'watch' });
  expect(without.warnings[0]).toContain('Delegate=yes');
});

test('a machine that says nothing is still a node', () => {
  const nothing = board('no-such-board');
  const found = inventoryOf('no-such-board');
  expect(found).toMatchObject({ model: 'unknown', cores: [0], memoryBytes: 0 });
  expect(found.bootId).not.toBe('');
  expect(readTelemetry(nothing)).toMatchObject({ temperatureMilliC: undefined, load: 0 });
});

test('the administrator may offer less than there is', () => {
  const options = { sysroot: board('pi4'), mayConfine: true, cores: [2, 3], memoryBytes: GIB };
  expect(takeInventory(options)).toMatchObject({ cores: [2, 3], memoryBytes: GIB });
});

test.each([
  ['a020d3', 'Raspberry Pi 3 Model B Plus', GIB],
  ['c03111', 'Raspberry Pi 4 Model B', 4 * GIB],
  ['d04170', 'Raspberry Pi 5', 8 * GIB],
  ['902120', 'Raspberry Pi Zero 2 W', GIB / 2],
])('revision %s is a %s', (code, model, memoryBytes) => {
  expect(parseRevision(code)).toMatchObject({ model, memoryBytes });
});

test.each(['000e', '', 'xyz', '1000000000'])('revision %j is not one we know', (code) => {
  expect(parseRevision(code)).toBeUndefined();
});

test('without a device tree the revision names the board, never `Hardware:`', () => {
  expect(boardModel(board('zero2w'))).toBe('Raspberry Pi Zero 2 W Rev 1.0');
});

test.each([
  ['0', [0]],
  ['0-3', [0, 1, 2, 3]],
  ['3,0-1,1', [0, 1, 3]],
])('cores %s', (list, cores) => {
  expect(parseCoreList(list)).toEqual(cores);
});

test.each(['', 'x', '3-1', '0-', '-1', '0,,1', '0-99999'])('cores %j are refused', (list) => {
  expect(() => parseCoreList(list)).toThrow(BadCoreListError);
});

test.each([
  ['1G', GIB],
  ['512M', GIB / 2],
  ['1.5GiB', 1.5 * GIB],
  ['1048576', 2 ** 20],
])('memory %s', (text, bytes) => {
  expect(parseMemory(text)).toBe(bytes);
});

test('memory that is not an amount is refused', () => {
  expect(() => parseMemory('lots')).toThrow(/write for example 512M/);
});

test('small boards keep enough for themselves', () => {
  expect(offeredMemory(512 * 2 ** 20)).toBe(384 * 2 ** 20);
  expect(offeredMemory(0)).toBe(0);
});

test('peers of a loopback cluster meet on loopback', () => {
  expect(advertisedHost(['nats://127.0.0.1:4222'])).toBe('127.0.0.1');
});

test('the weight is measured once', () => {
  const home = mkdtempSync(join(tmpdir(), 'pibatch-weight-'));
  const first = nodeWeight({ home, model: 'a' });
  expect(first).toBeGreaterThan(0);
  expect(nodeWeight({ home, model: 'a' })).toBe(first);
  rmSync(home, { recursive: true });
});
