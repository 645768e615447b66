/**
 * A kernel and everything it imports as one ES module, by esbuild. The same sources give the same
 * bytes, so that a kernel which is in the object store already is not sent again.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { BuildFailure, BuildOptions, Message } from 'esbuild';
import { shownValue } from './place.ts';

export type KernelBundle = {
  /** File name as the user wrote it, for display. */
  readonly file: string;
  readonly code: Uint8Array;
};

/** The kernel cannot be bundled; `message` has one line per problem, with file, line and column. */
export class KernelError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KernelError';
  }
}

/** Packages made of CommonJS may still call `require` for what Node itself provides. */
const REQUIRE_FOR_PACKAGES =
  "import * as pibatchModule from 'node:module';" +
  'globalThis.require ??= pibatchModule.createRequire(import.meta.url);';

/** Errors: KernelError. */
export async function bundleKernel(options: {
  readonly file: string;
  readonly folder: string;
}): Promise<KernelBundle> {
  const path = resolve(options.folder, options.file);
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
    const what = existsSync(path) ? 'is not a file' : 'does not exist';
    throw new KernelError(`kernel: ${options.file} ${what} (looked in ${options.folder})`);
  }
  const { build } = await import('esbuild');
  const entry = relative(dirname(path), path);
  const result = await build(buildOptions(path)).catch((error: unknown) => {
    throw isBuildFailure(error) ? new KernelError(describeFailure(error, options.file)) : error;
  });
  const [output] = result.outputFiles;
  const [facts] = Object.values(result.metafile.outputs);
  if (!output || !facts) throw new KernelError(`kernel: ${entry} gave no module`);
  if (!facts.exports.includes('default')) {
    const others = facts.exports.length > 0 ? facts.exports.join(', ') : 'nothing';
    throw new KernelError(
      `kernel: ${options.file} has no default export (it exports ${others}); ` +
        'a kernel is `export default async function (comm, params) { ... }`',
    );
  }
  return { file: options.file, code: output.contents };
}

const buildOptions = (path: string) =>
  ({
    absWorkingDir: dirname(path),
    entryPoints: [path],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    charset: 'utf8',
    sourcemap: 'inline',
    sourcesContent: false,
    outfile: 'kernel.mjs',
    logLevel: 'silent',
    banner: { js: REQUIRE_FOR_PACKAGES },
    alias: { pibatch: join(packageRoot(), 'collectives/kernel.ts') },
  }) satisfies BuildOptions;

const isBuildFailure = (error: unknown): error is BuildFailure =>
  error instanceof Error && 'errors' in error && Array.isArray(error.errors);

function describeFailure({ errors }: BuildFailure, file: string): string {
  const shown = errors.slice(0, 5).map((error) => `kernel: ${describeMessage(error, file)}`);
  if (errors.length > 5) shown.push(`kernel: and ${errors.length - 5} more problems`);
  return shown.join('\n');
}

function describeMessage({ text, location }: Message, file: string): string {
  if (!location) return `${file}: ${text}`;
  const source = location.lineText.trim();
  const shown = source === '' ? '' : ` (in ${shownValue(source)})`;
  return `${location.file}:${location.line}:${location.column + 1}: ${text}${shown}`;
}

/** The folder of this package, from the bundle in dist/ as well as from the sources. */
function packageRoot(): string {
  let folder = import.meta.dirname;
  while (folder !== dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && /"name": *"pibatch"/.test(readFileSync(manifest, 'utf8'))) {
      return folder;
    }
    folder = dirname(folder);
  }
  throw new KernelError('the installation of pibatch is incomplete: its package.json is missing');
}
