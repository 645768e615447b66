/**
 * Ends a test's cluster when the test process has died: waits for the end of standard input, then
 * kills, by (boot, pid, start time), what the pid files and claims below the home name, and unmounts.
 * Usage: reaper.mjs HOME
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const home = process.argv[2];
if (!home || !basename(home).startsWith('pibatch-test-')) process.exit(2);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

process.stdin.resume();
await new Promise((resolve) => process.stdin.once('end', resolve).once('error', resolve));

const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
for (let round = 0; round < 20; round += 1) {
  const victims = [...filesBelow(home).flatMap(identityIn), ...workingBelow(home)];
  for (const pid of victims) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Gone already.
    }
  }
  if (victims.length === 0) {
    for (const mount of mountsBelow(home)) spawnSync('umount', ['--lazy', mount]);
    rmSync(home, { recursive: true, force: true });
  }
  if (victims.length === 0 && !existsSync(home)) break;
  await sleep(100);
}

function identityIn(path) {
  const name = basename(path);
  if (!name.endsWith('.pid') && name !== 'claim') return [];
  try {
    const text = readFileSync(path, 'utf8');
    const [pid, ticks, boot] = name === 'claim' ? claim(text) : text.trim().split(' ');
    return boot === bootId && startTicks(Number(pid)) === Number(ticks) ? [Number(pid)] : [];
  } catch {
    return [];
  }
}

/** Ranks of a job host that was killed: they work in the part's folder. */
function workingBelow(folder) {
  return readdirSync('/proc').flatMap((name) => {
    try {
      const isBelow = /^\d+$/.test(name) && readlinkSync(`/proc/${name}/cwd`).startsWith(folder);
      return isBelow && Number(name) !== process.pid ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

/** Small disks that a test put under a program. */
function mountsBelow(folder) {
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
  return mounts.map((line) => line.split(' ')[1] ?? '').filter((at) => at.startsWith(`${folder}/`));
}

function claim(text) {
  const { process: pid, startTicks: ticks, bootId: boot } = JSON.parse(text);
  return [pid, ticks, boot];
}

function startTicks(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? -1 : Number(fields[19]);
}

function filesBelow(folder) {
  try {
    return readdirSync(folder, { recursive: true }).map((name) => join(folder, name));
  } catch {
    return [];
  }
}
