/** Whether dist/ was built from the sources as they are now: by size and time, then by content. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDERS = ['proto', 'accounting', 'scheduler', 'nodeagent', 'collectives', 'cli', 'bench'];
const FILES = ['package-lock.json', 'scripts/build.mjs', 'tsconfig.json'];
const SOURCE = /\.(ts|proto|sql|mjs)$/;

function sources(root) {
  const found = FILES.filter((file) => existsSync(join(root, file)));
  for (const folder of FOLDERS) {
    if (!existsSync(join(root, folder))) continue;
    for (const entry of readdirSync(join(root, folder), { recursive: true })) {
      const file = join(folder, entry);
      if (SOURCE.test(file) && !file.startsWith('proto/gen/')) found.push(file);
    }
  }
  return found.sort();
}

function digest(root, describe) {
  const hash = createHash('sha256');
  for (const file of sources(root)) hash.update(`${file}\0${describe(join(root, file))}\0`);
  return hash.digest('hex');
}

const quick = (root) =>
  digest(root, (path) => {
    const { size, mtimeMs } = statSync(path);
    return `${size} ${mtimeMs}`;
  });
const thorough = (root) => digest(root, (path) => readFileSync(path));

const stampFile = (root) => join(root, 'dist', '.built-from.json');

export function isBuilt(root) {
  if (!existsSync(join(root, 'proto/gen/messages.js'))) return false;
  let stamp;
  try {
    stamp = JSON.parse(readFileSync(stampFile(root), 'utf8'));
  } catch {
    return false;
  }
  const now = quick(root);
  if (stamp.quick === now) return true;
  if (stamp.thorough !== thorough(root)) return false;
  writeFileSync(stampFile(root), JSON.stringify({ ...stamp, quick: now }));
  return true;
}

export function markBuilt(root) {
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(stampFile(root), JSON.stringify({ quick: quick(root), thorough: thorough(root) }));
}
