import type { Program } from '../model/request.ts';

const LONGEST = 200;

/** What a job runs, in one line for tables. */
export function programText(program: Program): string {
  switch (program.kind) {
    case 'kernel':
      return `kernel ${program.file}`.slice(0, LONGEST);
    case 'command':
      return program.args.join(' ').slice(0, LONGEST);
    case 'script':
      return ['script', ...program.args].join(' ').slice(0, LONGEST);
  }
}
