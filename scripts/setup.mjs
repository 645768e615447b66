/**
 * Makes a fresh clone ready: npm packages, build, nats-server. Plain Node, no dependencies; says
 * what it does on stderr; costs a few milliseconds when all is there.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBroker } from './brokerSetup.mjs';
import { isBuilt } from './sourceStamp.mjs';

const root = join(import.meta.dirname, '..');
const tell = (line) => process.stderr.write(`setup: ${line}\n`);
const STILL_THERE_MS = 10_000;
const OLDEST_NODE = 20;

/** Throws with one clear sentence when something cannot be had. */
export async function setup(options = {}) {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < OLDEST_NODE)
    throw new Error(`Node.js ${OLDEST_NODE} or newer is needed; this is ${process.versions.node}`);
  if (!packagesAreInstalled()) await installPackages();
  if (!isBuilt(root)) await buildAll();
  if (options.broker !== false) {
    const said = ensureBroker(tell);
    if (said.includes('installed now')) tell(said);
  }
}

const packages = join(root, 'node_modules');
const stamp = join(packages, '.pibatch-packages');

/** Of which lockfile, for which Node: native modules fit one ABI only. */
function wantedPackages() {
  const lockfile = readFileSync(join(root, 'package-lock.json'));
  return `${createHash('sha256').update(lockfile).digest('hex')} ${process.versions.modules}\n`;
}

function packagesAreInstalled() {
  // A linked folder belongs to another clone: npm ci would empty it.
  if (lstatSync(packages, { throwIfNoEntry: false })?.isSymbolicLink()) return true;
  if (existsSync(stamp)) return readFileSync(stamp, 'utf8') === wantedPackages();
  // Installed by hand (npm ci): npm's own record is younger than the lockfile.
  const installed = statSync(join(root, 'node_modules/.package-lock.json'), {
    throwIfNoEntry: false,
  });
  if (!installed || installed.mtimeMs < statSync(join(root, 'package-lock.json')).mtimeMs)
    return false;
  writeFileSync(stamp, wantedPackages());
  return true;
}

async function installPackages() {
  tell('installing npm packages (a minute or two; a native module may be compiled) ...');
  const started = performance.now();
  await run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, wantedPackages());
  tell(`npm packages installed in ${seconds(started)}`);
}

async function buildAll() {
  tell('building ...');
  const started = performance.now();
  await run(process.execPath, [join(root, 'scripts/build.mjs')]);
  tell(`built in ${seconds(started)}`);
}

const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/** Its output is shown only when it fails; a line now and then says that it lives. */
async function run(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const started = performance.now();
  const timer = setInterval(() => tell(`  ... ${seconds(started)}`), STILL_THERE_MS);
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => output.push(text));
  try {
    const status = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(signal ?? code));
    });
    if (status === 0) return;
    const text = Buffer.concat(output).toString('utf8').trimEnd();
    throw new Error(`'${[command, ...args].join(' ')}' failed (${status}):\n${text}`);
  } finally {
    clearInterval(timer);
  }
}

if (process.argv[1] === import.meta.filename) {
  try {
    await setup({ broker: !process.argv.includes('--no-broker') });
  } catch (error) {
    process.stderr.write(`setup: ${error.message}\n`);
    process.exit(1);
  }
}
