/** Builds dist/: generated codecs, then one esbuild bundle per program with shared chunks. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

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
];

export async function bundlePrograms() {
  const { build } = await import('esbuild');
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: PROGRAMS.filter((file) => existsSync(join(root, file))),
    outdir: 'dist',
    outbase: '.',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: 'linked',
    logLevel: 'warning',
  });
}

if (process.argv[1] === import.meta.filename) {
  generateCodecs();
  if (!process.argv.includes('--codecs')) await bundlePrograms();
}
