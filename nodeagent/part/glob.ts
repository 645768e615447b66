/**
 * Patterns of output files, relative to the job's folder: `*` and `?` within a name, `**` for any
 * folders, `[a-z]`, `{png,txt}`; a pattern that names a folder takes everything in it. Names that
 * start with a dot must be named. A pattern without any of these is itself.
 */
export function globPattern(pattern: string): RegExp {
  const clean = pattern.replace(/^(\.\/)+/, '').replace(/\/+$/, '/**');
  return new RegExp(`^${translate(clean)}(?:/.*)?$`, 's');
}

const SPECIAL = /[.+^$()|\\\]}]/;

function translate(pattern: string): string {
  let source = '';
  let braces = 0;
  for (let i = 0; i < pattern.length; i += 1) {
    const rest = pattern.slice(i);
    const atStart = i === 0 || pattern[i - 1] === '/';
    const set = /^\[(!?)([^\]/]+)\]/.exec(rest);
    if (rest.startsWith('**/') && atStart) {
      source += '(?:(?!\\.)[^/]+/)*';
      i += 2;
    } else if (rest === '**' && atStart) {
      source += '(?!\\.).+';
      i += 1;
    } else if (rest.startsWith('*')) source += `${atStart ? '(?!\\.)' : ''}[^/]*`;
    else if (rest.startsWith('?')) source += '[^/]';
    else if (set) {
      source += `[${set[1] ? '^' : ''}${(set[2] ?? '').replaceAll(/[\\^[]/g, '\\$&')}]`;
      i += set[0].length - 1;
    } else if (rest.startsWith('{') && rest.includes('}')) {
      source += '(?:';
      braces += 1;
    } else if (braces > 0 && rest.startsWith('}')) {
      source += ')';
      braces -= 1;
    } else if (braces > 0 && rest.startsWith(',')) source += '|';
    else {
      const character = pattern.charAt(i);
      source += SPECIAL.test(character) || '[{'.includes(character) ? `\\${character}` : character;
    }
  }
  return source;
}
