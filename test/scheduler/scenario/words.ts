/** The small language of scenario files: `verb word word key=value key="two words"`. */
import type { RuntimeCurve } from '../../../accounting/speedup/moldable.ts';

export type Command = {
  readonly verb: string;
  readonly words: readonly string[];
  readonly options: ReadonlyMap<string, string>;
};

export function parseCommand(line: string): Command {
  const words: string[] = [];
  const options = new Map<string, string>();
  for (const [token] of line.matchAll(/(?:[^\s"]|"[^"]*")+/g)) {
    const at = token.indexOf('=');
    const plain = token.replaceAll('"', '');
    if (at < 0) words.push(plain);
    else options.set(token.slice(0, at), token.slice(at + 1).replaceAll('"', ''));
  }
  const [verb = '', ...rest] = words;
  return { verb, words: rest, options };
}

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

export function parseMs(text: string): number {
  const match = /^(\d+)(ms|s|m|h|d)$/.exec(text);
  if (!match) throw new Error(`not a duration: ${text}`);
  return Number(match[1]) * (UNITS_MS[match[2] ?? ''] ?? 0);
}

export function parseBytes(text: string): number {
  const match = /^(\d+)([KMG]?)$/.exec(text);
  if (!match) throw new Error(`not a size: ${text}`);
  return Number(match[1]) * 1024 ** ['', 'K', 'M', 'G'].indexOf(match[2] ?? '');
}

/** `0-3,7%2` as indexes and throttle. */
export function parseArray(text: string): { indexes: number[]; throttle: number | undefined } {
  const [list = '', throttle] = text.split('%');
  const indexes = list.split(',').flatMap((range) => {
    const [low = 0, high = low] = range.split('-').map(Number);
    return Array.from({ length: high - low + 1 }, (_, at) => low + at);
  });
  return { indexes, throttle: throttle === undefined ? undefined : Number(throttle) };
}

/** Seconds of run by ranks, `1:800,2:420`: made of as many runs. */
export function parseCurve(options: ReadonlyMap<string, string>): {
  readonly curve?: RuntimeCurve;
} {
  const text = options.get('curve');
  if (text === undefined) return {};
  const seconds = text.split(',').map((point) => point.split(':').map(Number));
  const [[, single = 0] = []] = seconds;
  const points = seconds.map(([ranks = 0, run = 0]) => ({
    ranks,
    runMs: run * 1000,
    efficiency: Math.round((1000 * single) / (ranks * run)),
  }));
  return { curve: { points, peakRanks: points.at(-1)?.ranks ?? 1, runs: points.length } };
}
