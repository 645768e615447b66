/**
 * What the demo says: numbered steps with the time since the start, short explanations, command
 * lines as typed, and what the commands answered. Plain text unless stdout is a terminal.
 */
export type Narrator = {
  step(title: string): void;
  explain(text: string): void;
  /** A command line, as a user would type it. */
  typed(line: string): void;
  /** What a command printed. */
  answered(text: string): void;
  /** One thing that was compared with what is known. */
  checked(line: string, ok: boolean): void;
  readonly elapsedSeconds: () => number;
};

const WIDTH = 78;
const INDENT = '    ';

export function startNarrator(options: {
  readonly steps: number;
  readonly write: (text: string) => void;
  readonly coloured: boolean;
}): Narrator {
  const { steps, write, coloured } = options;
  const startedMs = performance.now();
  const elapsedSeconds = (): number => (performance.now() - startedMs) / 1000;
  const tint = (code: string, text: string): string =>
    coloured ? `\u001b[${code}m${text}\u001b[0m` : text;
  let step = 0;
  return {
    elapsedSeconds,
    step(title) {
      step += 1;
      const heading = `[${step}/${steps}] ${title}`;
      const clock = `${elapsedSeconds().toFixed(1)} s`;
      write(`\n${tint('1', heading)}${clock.padStart(WIDTH - heading.length)}\n`);
    },
    explain: (text) => write(`${wrapped(text)}\n`),
    typed: (line) => write(`${INDENT}${tint('36', `$ ${line}`)}\n`),
    answered: (text) => write(indented(text)),
    checked: (line, ok) =>
      write(`${INDENT}${ok ? tint('32', 'ok   ') : tint('31', 'WRONG')} ${line}\n`),
  };
}

/** Tables fit; only a result in JSON may be longer than a reader wants to see. */
const LONGEST_LINE = 200;

function indented(text: string): string {
  const lines = text.replace(/\n+$/, '').split('\n');
  return lines
    .map((line) => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)} ...` : line))
    .map((line) => (line === '' ? '\n' : `${INDENT}${line}\n`))
    .join('');
}

/** Words in lines of at most WIDTH characters. */
function wrapped(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + 1 + word.length > WIDTH - INDENT.length) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.map((line) => `${INDENT}${line}`).join('\n');
}
