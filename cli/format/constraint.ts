/**
 * Features of nodes as Slurm's `--constraint` says them: `pi5&nvme`, `pi4|pi5`, parentheses, and
 * `[pi5*2&pi4*1]` for so many nodes of each, `[rack1|rack2]` for one of them that all nodes have. `&` binds
 * tighter than `|`.
 */
import type { Constraint } from '../../scheduler/model/request.ts';
import { notParsed, type Parsed, parsed } from './parsed.ts';

export const CONSTRAINT_LIMITS = { characters: 256, nodes: 65_536, depth: 16 } as const;

type Counted = Extract<Constraint, { kind: 'counted' }>;
type Count = Counted['of'][number];

/** Thrown and caught in this file. */
class Fault extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

export function parseConstraint(text: string): Parsed<Constraint> {
  const most = CONSTRAINT_LIMITS.characters;
  if (text.length > most) {
    return notParsed(`${text.length} characters, above the limit of ${most}`, text, most);
  }
  const reader = new Reader(text);
  try {
    const found = reader.anyOf(0);
    reader.end();
    const hidden = innerCounts(found);
    if (hidden) return notParsed(`${hidden} only stands alone or after &`, text, 0);
    const groups = found.kind === 'all' ? found.of.filter(({ kind }) => kind === 'same') : [];
    if (groups.length > 1) return notParsed('only one [name|name] is possible', text, 0);
    return parsed(found);
  } catch (error) {
    if (error instanceof Fault) return notParsed(error.message, text, error.at);
    throw error;
  }
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  anyOf(depth: number): Constraint {
    const of = [this.#allOf(depth)];
    while (this.#take('|')) of.push(this.#allOf(depth));
    return joined('any', of);
  }

  end(): void {
    const next = this.#peek();
    if (next === '') return;
    if (next === ')' || next === ']') this.#fail(`'${next}' without its opening bracket`);
    this.#fail(`'${next}' where & or | was expected`);
  }

  #allOf(depth: number): Constraint {
    const of = [this.#one(depth)];
    while (this.#take('&')) of.push(this.#one(depth));
    return joined('all', of);
  }

  #one(depth: number): Constraint {
    if (depth > CONSTRAINT_LIMITS.depth) this.#fail('too many brackets');
    if (this.#take('(')) {
      const inner = this.anyOf(depth + 1);
      if (!this.#take(')')) this.#fail("a ')' is missing");
      return inner;
    }
    if (this.#take('[')) {
      const same = this.#same();
      if (same) return same;
      const of = [this.#count()];
      while (this.#take('&')) of.push(this.#count());
      if (!this.#take(']')) this.#fail("a ']' is missing; between brackets only name*count&...");
      return counted(of, (message) => this.#fail(message));
    }
    const feature = this.#feature();
    return this.#peek() === '*'
      ? { kind: 'counted', of: [this.#times(feature)] }
      : { kind: 'feature', feature };
  }

  /** Undefined, and nothing read, when what follows is a count. */
  #same(): Constraint | undefined {
    const start = this.#at;
    const of = [this.#feature()];
    if (this.#peek() === '*') {
      this.#at = start;
      return undefined;
    }
    while (this.#take('|')) of.push(this.#feature());
    if (this.#peek() === '*' || this.#peek() === '&')
      this.#fail('between brackets either feature|feature or feature*count&...');
    if (!this.#take(']')) this.#fail("a ']' is missing");
    return { kind: 'same', of: [...new Set(of)] };
  }

  #count(): Count {
    const feature = this.#feature();
    if (this.#peek() !== '*') this.#fail(`${feature}*COUNT is needed between brackets`);
    return this.#times(feature);
  }

  #times(feature: string): Count {
    this.#take('*');
    const digits = this.#match(/\d{1,9}/y);
    const nodes = Number(digits);
    const { nodes: most } = CONSTRAINT_LIMITS;
    if (digits === '' || nodes < 1 || nodes > most) this.#fail(`not a count from 1 to ${most}`);
    return { feature, nodes };
  }

  #feature(): string {
    const found = this.#match(/[A-Za-z0-9_][A-Za-z0-9_.:-]{0,63}/y);
    if (found === '') this.#fail('a feature is missing (letters, digits, _ . : -)');
    return found;
  }

  #peek(): string {
    while (this.#text[this.#at] === ' ') this.#at++;
    return this.#text[this.#at] ?? '';
  }

  #take(char: string): boolean {
    if (this.#peek() !== char) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): string {
    this.#peek();
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #fail(message: string): never {
    throw new Fault(message, this.#at);
  }
}

/** Nested lists of one kind are one list. */
function joined(kind: 'all' | 'any', of: readonly Constraint[]): Constraint {
  const flat = of.flatMap((one) => (one.kind === kind ? one.of : [one]));
  const [only] = flat;
  return flat.length === 1 && only ? only : { kind, of: flat };
}

function counted(of: readonly Count[], fail: (message: string) => never): Counted {
  const names = of.map(({ feature }) => feature);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) fail(`${twice} is counted twice`);
  return { kind: 'counted', of };
}

/** Counts speak of all nodes of a job: within `|` or brackets they would mean nothing. */
function innerCounts(constraint: Constraint): string | undefined {
  const hidden = (one: Constraint, open: boolean): string | undefined => {
    if (one.kind === 'feature') return undefined;
    if (one.kind === 'same') return open ? undefined : '[name|name]';
    if (one.kind === 'counted') return open ? undefined : 'name*count';
    return one.of.map((each) => hidden(each, open && one.kind === 'all')).find(Boolean);
  };
  return hidden(constraint, true);
}
