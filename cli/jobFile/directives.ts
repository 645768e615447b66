/**
 * `#PIBATCH` and `#SBATCH` lines of a script. They stop at the first line that is neither a
 * comment nor blank, as in Slurm. Every complaint carries line and column.
 */
import { didYouMean } from '../format/nearest.ts';
import { type Parsed, parsed } from '../format/parsed.ts';
import { addTo, type JobDraft } from './draft.ts';
import { JOB_KEYS, jobKey, type KeyContext } from './keys.ts';
import { type Complaint, JobFileError } from './place.ts';
import { SBATCH_OPTIONS } from './sbatchOptions.ts';
import { splitWords, type Word } from './words.ts';

export type Directives = {
  readonly draft: JobDraft;
  /** Options left out, each a sentence with file and line. */
  readonly warnings: readonly string[];
};

type Dialect = '#PIBATCH' | '#SBATCH';
type Meaning = {
  readonly takes: 'value' | 'nothing';
  readonly read: (text: string, context: KeyContext) => Parsed<JobDraft>;
  readonly warning?: string;
  readonly refusal?: string;
};

/** Errors: JobFileError. */
export function readDirectives(file: string, text: string, context: KeyContext): Directives {
  const complaints: Complaint[] = [];
  const warnings: string[] = [];
  let draft: JobDraft = {};
  for (const { line, number } of headOf(text)) {
    const dialect = (['#PIBATCH', '#SBATCH'] as const).find((mark) =>
      new RegExp(`^${mark}(\\s|$)`).test(line),
    );
    if (!dialect) continue;
    const complain = (at: number, message: string): void => {
      complaints.push({ line: number, column: at + 1, message });
    };
    const split = splitWords(line, dialect.length);
    if (!split.ok) {
      complain(split.at, split.message);
      continue;
    }
    for (const said of optionsOf(split.words, dialect, complain)) {
      const { refusal, warning } = said.meaning;
      const read = refusal ? parsed({}) : said.meaning.read(said.value, context);
      if (refusal) complain(said.at, `${said.spelling} cannot be honoured: ${refusal}`);
      else if (!read.ok) complain(said.at, `${said.spelling}: ${read.message}`);
      else draft = addTo(draft, read.value);
      if (warning) warnings.push(`${file}:${number}: ${said.spelling} is left out: ${warning}`);
    }
  }
  if (complaints.length > 0) throw new JobFileError(file, complaints);
  return { draft, warnings };
}

function headOf(text: string): { line: string; number: number }[] {
  const head: { line: string; number: number }[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() !== '' && !line.startsWith('#')) break;
    head.push({ line, number: index + 1 });
  }
  return head;
}

type Said = {
  readonly spelling: string;
  readonly meaning: Meaning;
  readonly value: string;
  readonly at: number;
};

/** `--name=value`, `--name value`, `-n value`, `-nvalue`, `--flag`. */
function optionsOf(
  words: readonly Word[],
  dialect: Dialect,
  complain: (at: number, message: string) => void,
): Said[] {
  const said: Said[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index];
    if (!word) break;
    const parts = /^(--[^=]+)(?:=(.*))?$/s.exec(word.text) ?? /^(-[^-])=?(.+)?$/s.exec(word.text);
    if (!parts) {
      complain(word.at, `'${word.text}' is not an option`);
      continue;
    }
    const [, spelling = '', attached] = parts;
    const meaning = meaningOf(spelling.replace(/^-+/, ''), dialect);
    if (!meaning) {
      complain(word.at, `unknown option ${spelling}${guess(spelling, dialect)}`);
      return said;
    }
    let value = attached;
    if (meaning.takes === 'value' && value === undefined) value = words[++index]?.text;
    if (meaning.takes === 'value' && value === undefined) {
      complain(word.at, `${spelling} needs a value`);
    } else {
      said.push({ spelling, meaning, value: value ?? '', at: word.at });
    }
  }
  return said;
}

function meaningOf(name: string, dialect: Dialect): Meaning | undefined {
  if (dialect === '#PIBATCH') {
    if (name === 'no-requeue') return { takes: 'nothing', read: () => parsed({ requeue: false }) };
    const key = jobKey(name);
    return key && { takes: key.takes === 'nothing' ? 'nothing' : 'value', read: key.read };
  }
  const option = SBATCH_OPTIONS.find((known) => known.name === name || known.short === name);
  if (!option) return undefined;
  const { takes, meaning } = option;
  const nothing = (): Parsed<JobDraft> => parsed({});
  switch (meaning.kind) {
    case 'key':
      return { takes, read: jobKey(meaning.key)?.read ?? nothing };
    case 'own':
      return { takes, read: meaning.read };
    case 'ignored':
      return { takes, read: nothing, warning: meaning.why };
    case 'refused':
      return { takes, read: nothing, refusal: meaning.why };
  }
}

function guess(spelling: string, dialect: Dialect): string {
  const known =
    dialect === '#SBATCH'
      ? SBATCH_OPTIONS.map(({ name }) => `--${name}`)
      : JOB_KEYS.map(({ name }) => `--${name}`);
  return spelling.startsWith('--') ? didYouMean(spelling, known) : '';
}
