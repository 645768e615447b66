/** Events and effects as the lines of a transcript. */
import { requestOf } from '../requests.ts';
import type { Effect } from '../../../scheduler/model/effect.ts';
import type { Event } from '../../../scheduler/model/event.ts';

/** Times are printed as distances from this moment. */
export const START_MS = Date.UTC(2026, 0, 1);

const QUIET: ReadonlySet<string> = new Set(['nodeHeard', 'wakeAt', 'announceJob']);

export function printStep(
  events: readonly Event[],
  effects: readonly Effect[],
  loud: ReadonlySet<string>,
): string[] {
  const shown = (kind: string) => !QUIET.has(kind) || loud.has(kind);
  return [
    ...events.filter(({ kind }) => shown(kind)).map((event) => `  ${printed(event)}`),
    ...effects
      .filter((effect) => shown(effect.kind) && !isPlainAnswer(effect))
      .map((effect) => `  => ${printed(effect)}`),
  ];
}

const isPlainAnswer = (effect: Effect): boolean =>
  effect.kind === 'answerNode' && !effect.fence && effect.acknowledged.length === 0;

function printed(fact: Event | Effect): string {
  const words: string[] = [fact.kind];
  for (const [key, value] of Object.entries(shortened(fact))) {
    if (key === 'kind' || (key === 'atMs' && fact.kind !== 'wakeAt')) continue;
    if (value !== undefined) words.push(`${key}=${show(value, key)}`);
  }
  return words.join(' ');
}

/** Leaves out what the transcript's own commands say already. */
function shortened(fact: Event | Effect): Record<string, unknown> {
  if (fact.kind === 'jobSubmitted') {
    const { id, user, state, pendingTasks, schedule } = fact.job;
    const tasks = pendingTasks.length > 0 ? pendingTasks : undefined;
    const { kind: _state, ...waits } = state.kind === 'pending' ? state : { kind: state.kind };
    return { job: id, user, tasks, schedule, ...waits };
  }
  if (fact.kind === 'jobUpdated') {
    const plain: [string, unknown][] = Object.entries(requestOf({}));
    const usual = new Map(plain.map(([key, value]) => [key, JSON.stringify(value)]));
    const { array: _array, ...request } = fact.request;
    const asked = Object.entries(request).filter(
      ([key, value]) => JSON.stringify(value) !== usual.get(key),
    );
    return { ...fact, request: Object.fromEntries(asked) };
  }
  if (fact.kind === 'jobAllocated') {
    const parts = fact.parts.map(
      (part) =>
        `${part.node}: ranks ${part.firstRank}+${part.ranks} on cores ${part.cores.join(',')}`,
    );
    return { ...fact, parts: parts.join('; ') };
  }
  if (fact.kind === 'settingsChanged') return {};
  if (fact.kind === 'startsPlanned') return { ...fact, told: undefined };
  if (fact.kind === 'partEnded') return { ...fact, end: fact.end.outcome };
  if (fact.kind === 'nodeJoined' || fact.kind === 'nodeChanged') {
    const { cores, memoryBytes, bootId } = fact.facts;
    return { ...fact, facts: { cores: cores.length, memoryBytes, bootId } };
  }
  if (fact.kind === 'launchPart') {
    return { kind: fact.kind, part: fact.part, node: fact.launch.part.node };
  }
  if (fact.kind === 'scheduleCreated') {
    const { name, user, nextMs } = fact.schedule;
    return { kind: fact.kind, user, name, nextMs };
  }
  if (fact.kind === 'answerNode') {
    const { kind, node, epoch, fence, acknowledged } = fact;
    return { kind, node, epoch, ...(fence ? { fence } : {}), acknowledged };
  }
  if (fact.kind === 'reply') return { kind: fact.kind, answer: fact.answer };
  return fact;
}

function show(value: unknown, key: string): string {
  if (Array.isArray(value)) return `[${value.map((item) => show(item, key)).join(' ')}]`;
  if (typeof value === 'number') return key.endsWith('Ms') ? showMs(value) : String(value);
  if (typeof value === 'string') return /^[\w.+:-]+$/.test(value) ? value : JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if ('attempt' in value && 'part' in value && 'job' in value) {
    return `${value.job}.${value.attempt}.${value.part}`;
  }
  if ('incarnation' in value && 'count' in value) return `${value.incarnation}.${value.count}`;
  if (value instanceof Map) {
    const text = (each: number | object): string =>
      typeof each === 'object'
        ? show(each, key)
        : key === 'priorities'
          ? String(each)
          : showMs(each);
    return `{${[...value].map(([job, each]) => `${job}: ${text(each)}`).join(' ')}}`;
  }
  const fields = Object.entries(value).filter(
    ([name, item]) => item !== undefined && name !== 'atMs',
  );
  const first = 'kind' in value ? [String(value.kind)] : [];
  const rest = fields
    .filter(([name]) => name !== 'kind')
    .map(([name, item]) => `${name}=${show(item, name)}`);
  return `{${[...first, ...rest].join(' ')}}`;
}

const showMs = (value: number): string => {
  const since = value > START_MS / 2 ? value - START_MS : value;
  return `${value > START_MS / 2 ? '+' : ''}${since / 1000}s`;
};
