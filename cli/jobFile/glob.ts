/**
 * Glob patterns over a folder: `*` and `?` within a name, `[a-z]`, `{a,b}`, and `**` for any
 * number of folders. Names that begin with a dot match only where the pattern says the dot.
 * Links to files are followed, links to folders are not (they could run in circles).
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Whether a path relative to the folder, with `/`, matches. */
export function globToPattern(glob: string): RegExp {
  const steps = glob.split('/').map((step) => (step === '**' ? undefined : stepSource(step)));
  let source = '';
  steps.forEach((step, index) => {
    const last = index === steps.length - 1;
    if (step === undefined)
      source += last ? '(?:(?!\\.)[^/]+/)*(?!\\.)[^/]+' : '(?:(?!\\.)[^/]+/)*';
    else source += last ? step : `${step}/`;
  });
  return new RegExp(`^${source}$`, 's');
}

function stepSource(step: string): string {
  const hidden = step.startsWith('.') ? '' : '(?!\\.)';
  let source = '';
  let depth = 0;
  for (let at = 0; at < step.length; at++) {
    const char = step[at] ?? '';
    const set = char === '[' ? /^\[([!^]?)([^\]]+)\]/.exec(step.slice(at)) : null;
    if (set) {
      const inside = (set[2] ?? '').replaceAll(/[\\[\]^]/g, '\\$&');
      source += `(?!/)[${set[1] ? '^' : ''}${inside}]`;
      at += set[0].length - 1;
    } else if (char === '*') source += '[^/]*';
    else if (char === '?') source += '[^/]';
    else if (char === '{' && step.includes('}', at)) {
      depth++;
      source += '(?:';
    } else if (char === '}' && depth > 0) {
      depth--;
      source += ')';
    } else if (char === ',' && depth > 0) source += '|';
    else source += char.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&');
  }
  return hidden + source + ')'.repeat(depth);
}

const MAGIC = /[*?[\]{}]/;

/**
 * Files below `folder` that match, as sorted relative paths. A pattern without wildcards that
 * names a folder stands for every file below it. Throws what the file system throws.
 */
export function findFiles(folder: string, glob: string, most: number): string[] {
  const pattern = glob.replace(/^(\.\/)+/, '').replace(/\/+$/, '');
  const kind = MAGIC.test(pattern)
    ? undefined
    : statSync(join(folder, pattern), { throwIfNoEntry: false });
  if (kind?.isFile()) return [pattern];
  const wanted = globToPattern(kind?.isDirectory() ? `${pattern}/**` : pattern);
  const found: string[] = [];
  const steps = pattern.split('/');
  const fixed = steps.findIndex((step) => MAGIC.test(step));
  const start = kind ? pattern : steps.slice(0, fixed < 0 ? -1 : fixed).join('/');
  walk(start);
  return found.sort();

  function walk(inside: string): void {
    const here = join(folder, inside);
    if (!statSync(here, { throwIfNoEntry: false })?.isDirectory()) return;
    for (const entry of readdirSync(here, { withFileTypes: true })) {
      const path = inside === '' ? entry.name : `${inside}/${entry.name}`;
      if (entry.isDirectory()) walk(path);
      else if (wanted.test(path) && found.length <= most && isFile(join(folder, path))) {
        found.push(path);
      }
    }
  }
}

const isFile = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
