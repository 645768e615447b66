import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readSync,
  statSync,
} from 'node:fs';
import { resolve } from 'node:path';
import { codeOf } from '../record/durableFile.ts';

/** What a command's first word names, judged before it is run so that the error can be exact. */
export type Executable =
  | { readonly kind: 'found'; readonly path: string }
  /** Exit codes as a shell's: 127 not found, 126 found but cannot be run. */
  | { readonly kind: 'unusable'; readonly exitCode: 126 | 127; readonly problem: string };

type Search = { readonly program: string; readonly folder: string; readonly searchPath: string };

export function findExecutable(search: Search): Executable {
  const { program, folder, searchPath } = search;
  if (program.includes('/')) return judge(program, resolve(folder, program));
  let denied: Executable | undefined;
  for (const place of searchPath.split(':').filter((entry) => entry !== '')) {
    const found = judge(program, resolve(folder, place, program));
    if (found.kind === 'found') return found;
    if (found.exitCode === 126) denied ??= found;
  }
  if (denied) return denied;
  const hint = existsSync(resolve(folder, program))
    ? `; it is among the input files, so write './${program}'`
    : '; install it on every node or ship it with `inputs:`';
  return unusable(127, `'${program}' was not found in ${searchPath}${hint}`);
}

const unusable = (exitCode: 126 | 127, problem: string): Executable => ({
  kind: 'unusable',
  exitCode,
  problem,
});

function judge(program: string, path: string): Executable {
  try {
    if (statSync(path).isDirectory()) return unusable(126, `'${program}' is a directory`);
    accessSync(path, constants.X_OK);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EACCES')
      return unusable(126, `'${program}' is not executable; set its x permission with chmod +x`);
    return unusable(127, `'${program}' does not exist`);
  }
  const problem = formatProblem(program, firstBytes(path));
  return problem === undefined ? { kind: 'found', path } : unusable(126, problem);
}

const HEAD_BYTES = 256;

function firstBytes(path: string): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch {
    return Buffer.alloc(0);
  }
  try {
    return head.subarray(0, readSync(descriptor, head, 0, HEAD_BYTES, 0));
  } finally {
    closeSync(descriptor);
  }
}

/** ELF e_machine by Node's architecture names. */
const MACHINES: Readonly<Record<number, string>> = {
  3: 'ia32',
  40: 'arm',
  62: 'x64',
  183: 'arm64',
  243: 'riscv64',
};
const ELF_MACHINE_OFFSET = 18;

/** Why the kernel would not run it; undefined when it should (or when we cannot tell). */
function formatProblem(program: string, head: Buffer): string | undefined {
  if (head.length === 0) return undefined;
  if (head.subarray(0, 4).equals(Buffer.from('\x7fELF', 'latin1'))) {
    if (head.length < ELF_MACHINE_OFFSET + 2) return `'${program}' is a damaged program file`;
    const machine = MACHINES[head.readUInt16LE(ELF_MACHINE_OFFSET)];
    const foreign = machine !== process.arch && !is32BitKin(machine);
    if (!foreign) return undefined;
    return `'${program}' was built for ${machine ?? 'another processor'}, this node is ${process.arch}`;
  }
  if (head.subarray(0, 2).toString('latin1') === '#!') {
    const interpreter = /^#!\s*(\S+)/.exec(head.toString('utf8'))?.[1];
    if (interpreter !== undefined && !existsSync(interpreter))
      return `'${program}' asks for the interpreter '${interpreter}', which this node does not have`;
    return undefined;
  }
  return head.includes(0) ? `'${program}' is not a program for Linux` : undefined;
}

/** 64-bit kernels may run the 32-bit programs of their family. */
const is32BitKin = (machine: string | undefined): boolean =>
  (process.arch === 'x64' && machine === 'ia32') || (process.arch === 'arm64' && machine === 'arm');
