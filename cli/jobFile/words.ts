/**
 * A line split into words as a shell would for plain text: single and double quotes and
 * backslashes count, nothing is expanded. Columns (from 0) are kept for complaints.
 */
export type Word = { readonly text: string; readonly at: number };

export type Words =
  | { readonly ok: true; readonly words: readonly Word[] }
  | { readonly ok: false; readonly message: string; readonly at: number };

export function splitWords(line: string, from: number): Words {
  const words: Word[] = [];
  let at = from;
  while (at < line.length) {
    const char = line[at] ?? '';
    if (/\s/.test(char)) {
      at++;
      continue;
    }
    if (char === '#') break;
    const word = readWord(line, at);
    if ('message' in word) return { ok: false, ...word };
    words.push({ text: word.text, at });
    at = word.end;
  }
  return { ok: true, words };
}

function readWord(
  line: string,
  start: number,
): { text: string; end: number } | { message: string; at: number } {
  let text = '';
  let at = start;
  while (at < line.length && !/\s/.test(line[at] ?? '')) {
    const char = line[at] ?? '';
    if (char === "'" || char === '"') {
      const quoted = readQuoted(line, at);
      if (!quoted) return { message: `a quote (${char}) that is never closed`, at };
      text += quoted.text;
      at = quoted.end;
    } else {
      if (char === '\\') at++;
      text += line[at] ?? '';
      at++;
    }
  }
  return { text, end: at };
}

function readQuoted(line: string, start: number): { text: string; end: number } | undefined {
  const quote = line[start];
  let text = '';
  for (let at = start + 1; at < line.length; at++) {
    const char = line[at] ?? '';
    if (char === quote) return { text, end: at + 1 };
    const escapes = quote === '"' && char === '\\' && /["\\]/.test(line[at + 1] ?? '');
    if (escapes) at++;
    text += line[at] ?? '';
  }
  return undefined;
}
