import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MemoryGroup, openGroupBase } from '../../nodeagent/process/memoryGroup.ts';

/** Where memory groups may be made: folders that look like the kernel's, in all their variety. */
let mount: string;
beforeEach(() => {
  mount = mkdtempSync(join(tmpdir(), 'pibatch-cgroup-'));
});
afterEach(() => rmSync(mount, { recursive: true }));

function files(contents: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(contents)) {
    mkdirSync(dirname(join(mount, path)), { recursive: true });
    writeFileSync(join(mount, path), text);
  }
}

test('version 2 where systemd delegated a service: the agent moves into a leaf', () => {
  files({
    'cgroup.controllers': 'cpu memory pids',
    'pi.service/cgroup.type': 'domain',
    'pi.service/cgroup.controllers': 'memory pids',
    'pi.service/cgroup.subtree_control': '',
    'pi.service/agent/cgroup.procs': '',
    'pi.service/jobs/cgroup.procs': '',
    'pi.service/jobs/cgroup.subtree_control': '',
  });
  const base = openGroupBase(mount, '0::/pi.service\n');
  expect(base).toEqual({ version: 2, folder: join(mount, 'pi.service/jobs') });
  const moved = readFileSync(join(mount, 'pi.service/agent/cgroup.procs'), 'utf8');
  expect(moved).toBe(String(process.pid));
  expect(openGroupBase(mount, '0::/pi.service/agent\n')).toEqual(base);
});

test('version 2 with rights on the whole tree', () => {
  files({
    'cgroup.controllers': 'memory',
    'cgroup.subtree_control': 'memory',
    'pibatch/cgroup.procs': '',
    'pibatch/cgroup.subtree_control': '',
  });
  const base = openGroupBase(mount, '0::/user.slice/session-1.scope\n');
  expect(base).toEqual({ version: 2, folder: join(mount, 'pibatch') });
});

test('version 1 where version 2 has no memory controller', () => {
  files({ 'cgroup.controllers': 'hugetlb', 'memory/box/pibatch/memory.limit_in_bytes': '0' });
  const base = openGroupBase(mount, '4:memory:/box\n0::/\n');
  expect(base).toEqual({ version: 1, folder: join(mount, 'memory/box/pibatch') });
});

test.each(['0::/\n', '4:cpu:/\n0::/a\n', ''])('nothing to use for %j', (own) => {
  files({ 'cgroup.controllers': 'cpuset cpu io pids' });
  expect(openGroupBase(mount, own)).toBeUndefined();
});

test('a group has a limit without swap, and tells whom the kernel killed', () => {
  const group = MemoryGroup.make({ version: 2, folder: mount }, 'g', 1_000_000);
  const read = (name: string) => readFileSync(join(mount, 'g', name), 'utf8');
  expect([read('memory.max'), read('memory.swap.max')]).toEqual(['1000000', '0']);
  expect(group?.hasKilled()).toBe(false);
  files({ 'g/memory.events': 'low 0\nhigh 0\nmax 12\noom 1\noom_kill 1\n' });
  expect(group?.hasKilled()).toBe(true);
  group?.kill();
  expect(read('cgroup.kill')).toBe('1');
});

test('a group that cannot be made is no group', () => {
  expect(MemoryGroup.make({ version: 2, folder: join(mount, 'none') }, 'g', 1)).toBeUndefined();
});
