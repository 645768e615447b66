/** Signals as users name them: `USR1`, `SIGUSR1`, `10`; and `USR1@120` with the seconds before a limit. */
import type { EndSignal } from '../../scheduler/model/request.ts';
import { didYouMean } from './nearest.ts';
import { notParsed, type Parsed, parsed } from './parsed.ts';

/** Slurm's `-s` takes names with and without SIG, and numbers. */
const NUMBERS: Readonly<Record<string, number>> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ABRT: 6,
  KILL: 9,
  USR1: 10,
  USR2: 12,
  ALRM: 14,
  TERM: 15,
  CONT: 18,
  STOP: 19,
  TSTP: 20,
  URG: 23,
  WINCH: 28,
};
const LAST_SIGNAL = 64;
const DEFAULT_BEFORE_S = 60;
/** Slurm's. */
const LONGEST_BEFORE_S = 65_535;

export function parseSignal(text: string): Parsed<number> {
  const name = text.trim().toUpperCase().replace(/^SIG/, '');
  const number = NUMBERS[name] ?? (/^\d{1,2}$/.test(name) ? Number(name) : 0);
  if (number >= 1 && number <= LAST_SIGNAL) return parsed(number);
  return notParsed(`not a signal${didYouMean(name, Object.keys(NUMBERS))}`, text, 0);
}

/** `B:` and `R:` of Slurm are read, and change nothing: all ranks of a job are told. */
export function parseEndSignal(text: string): Parsed<EndSignal> {
  const parts = /^\s*(?:[BR]{1,2}:)?([^@]+)(?:@\s*(\d{1,9}))?\s*$/i.exec(text);
  if (!parts) return notParsed('not a signal with its seconds, such as USR1@60', text, 0);
  const signal = parseSignal(parts[1] ?? '');
  if (!signal.ok) return signal;
  const seconds = Number(parts[2] ?? DEFAULT_BEFORE_S);
  if (seconds > LONGEST_BEFORE_S)
    return notParsed(`more than ${LONGEST_BEFORE_S} seconds before the time limit`, text, 0);
  return parsed({ number: signal.value, beforeMs: seconds * 1_000 });
}
