import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** The agent's programs, bundled as for delivery, in a folder of their own inside the tree. */
const root = join(import.meta.dirname, '../..');

export async function bundleNodeAgent(): Promise<{ main: string; remove: () => void }> {
  mkdirSync(join(root, 'dist'), { recursive: true });
  const outdir = mkdtempSync(join(root, 'dist/test-nodeagent-'));
  await build({
    absWorkingDir: root,
    entryPoints: ['main', 'jobhost/main', 'jobhost/rankThread'].map((f) => `nodeagent/${f}.ts`),
    outdir,
    outbase: '.',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  });
  return {
    main: join(outdir, 'nodeagent/main.js'),
    remove: () => rmSync(outdir, { recursive: true, force: true }),
  };
}
