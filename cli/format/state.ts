/**
 * Slurm's names of job states: long, compact, and which of them end a job. One table for every
 * printed name.
 */
import { didYouMean } from './nearest.ts';
import { type Parsed, parsed } from './parsed.ts';

const COMPACT = {
  PENDING: 'PD',
  RUNNING: 'R',
  SUSPENDED: 'S',
  CONFIGURING: 'CF',
  COMPLETING: 'CG',
  REQUEUED: 'RQ',
  COMPLETED: 'CD',
  CANCELLED: 'CA',
  FAILED: 'F',
  TIMEOUT: 'TO',
  NODE_FAIL: 'NF',
  OUT_OF_MEMORY: 'OOM',
  PREEMPTED: 'PR',
  BOOT_FAIL: 'BF',
  DEADLINE: 'DL',
} as const;

export type StateName = keyof typeof COMPACT;

const NAMES = Object.keys(COMPACT);
const LIVE: ReadonlySet<string> = new Set([
  'PENDING',
  'RUNNING',
  'SUSPENDED',
  'CONFIGURING',
  'COMPLETING',
  'REQUEUED',
]);

const isName = (text: string): text is StateName => text in COMPACT;

/** `PENDING` -> `PD`; a name this version does not know is shown as it is. */
export const compactState = (state: string): string => (isName(state) ? COMPACT[state] : state);

/** No further state follows. */
export const isFinal = (state: string): boolean => isName(state) && !LIVE.has(state);

/** Long or compact, any case, comma separated: `pd,RUNNING`; `all` gives every state. */
export function parseStates(text: string): Parsed<readonly StateName[]> {
  const states: StateName[] = [];
  let at = 0;
  for (const word of text.split(',')) {
    const wanted = word.trim().toUpperCase();
    const found = NAMES.filter(isName).filter(
      (name) => wanted === 'ALL' || name === wanted || COMPACT[name] === wanted,
    );
    if (found.length === 0) {
      const guess = didYouMean(word, [...NAMES, ...Object.values(COMPACT)]);
      return { ok: false, message: `unknown job state '${word.trim()}'${guess}`, at };
    }
    for (const name of found) if (!states.includes(name)) states.push(name);
    at += word.length + 1;
  }
  return parsed(states);
}

export type Tint = 'good' | 'bad' | 'busy' | 'quiet' | 'plain';

/** How a state is coloured on a terminal. */
export function tintOfState(state: string): Tint {
  if (state === 'COMPLETED' || state === 'RUNNING') return 'good';
  if (state === 'COMPLETING' || state === 'CONFIGURING') return 'busy';
  if (state === 'PENDING' || state === 'CANCELLED') return 'quiet';
  return isFinal(state) ? 'bad' : 'plain';
}
