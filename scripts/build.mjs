/** Builds dist/: generated codecs, then one esbuild bundle per program with shared chunks. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { markBuilt } from './sourceStamp.mjs';

const root = join(import.meta.dirname, '..');

/** proto/*.proto -> proto/gen/messages.js and .d.ts (static codecs, plain numbers for 64-bit). */
export function generateCodecs() {
  const protoFolder = join(root, 'proto');
  const sources = readdirSync(protoFolder).filter((name) => name.endsWith('.proto'));
  mkdirSync(join(protoFolder, 'gen'), { recursive: true });
  execFileSync(
    join(root, 'node_modules/.bin/pbjs'),
    ['-t', 'static-module', '-w', 'esm', '--dts', '--force-number']
      .concat(['--no-delimited', '--no-service'])
      .concat(['-o', join(protoFolder, 'gen/messages.js')])
      .concat(sources.map((name) => join(protoFolder, name))),
    { stdio: 'inherit' },
  );
  useOurProtobuf(join(protoFolder, 'gen/messages.js'));
}

/** The codecs take protobufjs from proto/plainNumbers.ts, which says why. */
function useOurProtobuf(file) {
  const code = readFileSync(file, 'utf8');
  const theirs = 'import $protobuf from "protobufjs/minimal.js";';
  if (!code.includes(theirs)) throw new Error(`${file} does not begin as expected`);
  const ours = "import { protobuf as $protobuf } from '../plainNumbers.ts';";
  writeFileSync(file, code.replace(theirs, ours));
}

const PROGRAMS = [
  'cli/pibatch.ts',
  'cli/pisub.ts',
  'cli/pirun.ts',
  'cli/piqueue.ts',
  'cli/picancel.ts',
  'cli/pinodes.ts',
  'cli/pilogs.ts',
  'cli/piacct.ts',
  'cli/picron.ts',
  'cli/pictl.ts',
  'cli/demo.ts',
  'scheduler/live/main.ts',
  'nodeagent/main.ts',
  'nodeagent/jobhost/main.ts',
  'nodeagent/jobhost/rankThread.ts',
  'bench/main.ts',
];

/**
 * Into a folder beside, then file by file over the old ones: whoever runs from dist/ finds its
 * chunks, whose names carry their content's hash, until they are a week old.
 */
export async function bundlePrograms() {
  const { build } = await import('esbuild');
  const fresh = join(root, `dist/.new.${process.pid}`);
  mkdirSync(fresh, { recursive: true });
  await build({
    absWorkingDir: root,
    entryPoints: PROGRAMS.filter((file) => existsSync(join(root, file))),
    outdir: fresh,
    outbase: '.',
    bundle: true,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // Native or large packages stay outside; the rest is bundled, so that a command reads few files.
    external: ['better-sqlite3', 'esbuild', 'pino'],
    banner: { js: REQUIRE },
    sourcemap: 'linked',
    logLevel: 'warning',
  });
  const written = new Set(filesBelow(fresh));
  for (const file of written) {
    mkdirSync(dirname(join(root, 'dist', file)), { recursive: true });
    renameSync(join(fresh, file), join(root, 'dist', file));
  }
  rmSync(fresh, { recursive: true, force: true });
  for (const file of filesBelow(join(root, 'dist'))) {
    const path = join(root, 'dist', file);
    if (written.has(file) || file === '.built-from.json') continue;
    if (Date.now() - statSync(path).mtimeMs > KEEP_OLD_MS) rmSync(path, { force: true });
  }
}

/** CommonJS packages inside an ES module ask for node's own modules with `require`. */
const REQUIRE =
  "import { createRequire as makeRequire } from 'node:module';const require = makeRequire(import.meta.url);";

const KEEP_OLD_MS = 7 * 24 * 60 * 60_000;

const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));

if (process.argv[1] === import.meta.filename) {
  generateCodecs();
  if (!process.argv.includes('--codecs')) {
    await bundlePrograms();
    markBuilt(root);
  }
}
