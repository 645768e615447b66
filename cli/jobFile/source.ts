/**
 * What the user named on the command line: a job file, a kernel or a script; read once, and
 * recognised by its name and first bytes.
 */
import { readFileSync } from 'node:fs';
import { basename, dirname, extname, resolve } from 'node:path';
import { readDirectives } from './directives.ts';
import type { JobDraft } from './draft.ts';
import type { KeyContext } from './keys.ts';
import { JOB_LIMITS } from './limits.ts';

export type Source = {
  readonly draft: JobDraft;
  /** Options of the script that were left out, each a sentence. */
  readonly warnings: readonly string[];
};

/** The named file cannot be a job. */
export class SourceError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SourceError';
  }
}

const KERNEL_ENDINGS = new Set(['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs']);
const YAML_ENDINGS = new Set(['.yaml', '.yml', '.json']);

/** Comments, then a key or an opening brace. */
const JOB_FILE_START = /^(\s*(#.*)?\n|---.*\n)*\s*(\{|["']?[A-Za-z_-]+["']?\s*:)/;

export type SourceOptions = KeyContext & {
  readonly file: string;
  readonly args: readonly string[];
  readonly workingFolder: string;
};

/** Errors: SourceError, JobFileError. */
export async function readSource(options: SourceOptions): Promise<Source> {
  const { file, args, workingFolder } = options;
  const path = resolve(workingFolder, file);
  const ending = extname(file).toLowerCase();
  if (KERNEL_ENDINGS.has(ending)) {
    refuseArguments(args, `kernel ${file}`, 'use --param NAME=VALUE');
    const program = { kind: 'kernel', file: basename(file), folder: dirname(path) } as const;
    const draft = { name: basename(file, extname(file)), program, folder: dirname(path) };
    return { draft, warnings: [] };
  }
  const text = readText(file, path);
  if (!YAML_ENDINGS.has(ending)) return scriptSource(file, text, options);
  refuseArguments(args, `job file ${file}`, 'a script may have arguments');
  const { readJobYaml } = await import('./jobYaml.ts');
  const draft = readJobYaml(file, text, { ...options, folder: dirname(path) });
  return { draft, warnings: [] };
}

/** Text from standard input: a script when it begins with `#!`, else job.yaml. */
export async function readPiped(
  text: string,
  options: Omit<SourceOptions, 'file'>,
): Promise<Source> {
  checkSize('standard input', Buffer.byteLength(text));
  if (text.trim() === '') throw new SourceError('standard input is empty; give a job or a script');
  if (text.startsWith('#!')) return scriptSource('stdin', text, { ...options, file: 'stdin' });
  if (!JOB_FILE_START.test(text)) {
    throw new SourceError(
      'standard input is neither a script (it would begin with #! and an interpreter) nor a job ' +
        'file (it would begin with a key, such as name:)',
    );
  }
  refuseArguments(options.args, 'a job on standard input', 'a script may have arguments');
  const { readJobYaml } = await import('./jobYaml.ts');
  const draft = readJobYaml('stdin', text, { ...options, folder: options.workingFolder });
  return { draft, warnings: [] };
}

/** `--wrap`: one shell line. */
export function wrappedSource(line: string, workingFolder: string): Source {
  if (line.trim() === '') throw new SourceError('--wrap: an empty command');
  const program = { kind: 'script', text: `#!/bin/sh\n${line}\n`, args: [] } as const;
  return { draft: { name: 'wrap', program, folder: workingFolder }, warnings: [] };
}

function scriptSource(file: string, text: string, options: SourceOptions): Source {
  if (!text.startsWith('#!')) {
    throw new SourceError(
      `${file} does not look like a job: it is no .yaml job file, no .ts or .js kernel, and no ` +
        'script (a script begins with #! and an interpreter, such as #!/bin/sh)',
    );
  }
  if (text.includes('\0')) throw new SourceError(`${file} holds NUL bytes; a script is text`);
  const { draft, warnings } = readDirectives(file, text, options);
  const program = { kind: 'script', text, args: options.args } as const;
  const own = { name: basename(file), program, folder: options.workingFolder };
  return { draft: { ...own, ...draft }, warnings };
}

function readText(file: string, path: string): string {
  try {
    const bytes = readFileSync(path);
    checkSize(file, bytes.length);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    if (cause instanceof SourceError) throw cause;
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT') throw new SourceError(`${file} does not exist (looked for ${path})`);
    if (code === 'EISDIR') throw new SourceError(`${file} is a folder; name the job file in it`);
    if (code === 'EACCES') throw new SourceError(`${file} may not be read: permission denied`);
    if (cause instanceof TypeError) {
      throw new SourceError(`${file} is not text in UTF-8; job files and scripts must be`);
    }
    throw cause;
  }
}

function checkSize(file: string, sizeBytes: number): void {
  if (sizeBytes <= JOB_LIMITS.fileBytes) return;
  throw new SourceError(
    `${file} has ${sizeBytes} bytes, above the limit of ${JOB_LIMITS.fileBytes}; ship large data as inputs`,
  );
}

function refuseArguments(args: readonly string[], what: string, instead: string): void {
  if (args.length === 0) return;
  throw new SourceError(`${what} takes no arguments, but got '${args.join(' ')}'; ${instead}`);
}
