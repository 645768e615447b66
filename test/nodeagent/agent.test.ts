import { expect, test } from 'vitest';
import type { AgentEffect } from '../../nodeagent/agent/agentEffect.ts';
import type { AgentInput } from '../../nodeagent/agent/agentInput.ts';
import type { AgentState } from '../../nodeagent/agent/agentState.ts';
import { startedAgent } from '../../nodeagent/agent/agentState.ts';
import { step } from '../../nodeagent/agent/step.ts';
import type { PartId } from '../../scheduler/model/ids.ts';
import { jobId, partKey } from '../../scheduler/model/ids.ts';

/** The agent's core by tables: what is said to it, in order, and what it wants done. */
const part = (job: number, attempt = 1): PartId => ({ job: jobId(job), attempt, part: 0 });
const generation = 3;

function agent(found: Partial<Parameters<typeof startedAgent>[0]> = {}): AgentState {
  const nothing = { generation, epoch: 1, incarnation: 1, parts: [], tombstones: [] };
  return startedAgent({ ...nothing, ...found });
}

/** Every effect as one line, for tables. */
function line(effect: AgentEffect): string {
  const id = 'id' in effect ? ` ${partKey(effect.id)}` : '';
  switch (effect.kind) {
    case 'endPart':
      return `endPart${id} ${effect.signal ?? effect.why}`;
    case 'adoptIdentity':
      return `adopt g${effect.generation} e${effect.epoch}`;
    case 'sendReport':
      return `report ${effect.count}`;
    case 'wakeAt':
      return `wake ${effect.atMs}`;
    case 'leasePart':
      return `lease${id} ${effect.untilMs}`;
    default:
      return `${effect.kind}${id}`;
  }
}

const say = (state: AgentState, input: AgentInput): string[] =>
  step(state, input).effects.map(line);

type Answer = Partial<Extract<AgentInput, { kind: 'reportAnswered' }>>;
function answer(state: AgentState, atMs: number, given: Answer = {}): string[] {
  const count = state.reporting.inFlight ?? -1;
  return say(state, {
    kind: 'reportAnswered',
    atMs,
    count,
    sentAtMs: atMs,
    generation,
    epoch: state.epoch,
    fence: false,
    leaseMs: 60_000,
    heartbeatMs: 5_000,
    spreadMs: 0,
    acknowledged: [],
    ...given,
  });
}

/** An agent that has joined and holds a lease until 60,000. */
function joined(): AgentState {
  const state = agent();
  say(state, { kind: 'linkChanged', atMs: 0, up: true });
  answer(state, 0);
  return state;
}

const launch = (id: PartId, atMs = 1, epoch = 1): AgentInput => ({
  kind: 'launchOrdered',
  atMs,
  generation,
  id,
  epoch,
});

test('it reports when the link comes up, then every heartbeat', () => {
  const state = agent();
  expect(say(state, { kind: 'woken', atMs: 0 })).toEqual([]);
  expect(say(state, { kind: 'linkChanged', atMs: 10, up: true })).toEqual(['report 1']);
  expect(answer(state, 20)).toEqual(['wake 5020']);
  expect(say(state, { kind: 'woken', atMs: 5_019 })).toEqual(['wake 5020']);
  expect(say(state, { kind: 'woken', atMs: 5_020 })).toEqual(['report 2']);
});

test('changes are reported at once, those during a report in one more', () => {
  const state = joined();
  const heard = [1, 2, 3].map((job) => say(state, launch(part(job))));
  expect(heard[0]).toEqual(['startPart 1.1.0', 'lease 1.1.0 60000', 'report 2']);
  expect(heard[1]).toEqual(['startPart 2.1.0', 'lease 2.1.0 60000']);
  expect(answer(state, 5)).toContain('report 3');
  expect(answer(state, 6)).toEqual(expect.not.arrayContaining(['report 4']));
});

test('while nobody answers it asks once more at once, then ever more seldom, up to a minute, and at once when heard', () => {
  const state = joined();
  let atMs = 5_000;
  const waits: number[] = [];
  for (let i = 0; i < 8; i += 1) {
    say(state, { kind: 'woken', atMs });
    const [next] = say(state, {
      kind: 'reportFailed',
      atMs,
      count: state.reporting.inFlight ?? -1,
    });
    const [what, value] = next?.split(' ') ?? [];
    const dueMs = what === 'report' ? atMs : Number(value);
    waits.push(dueMs - atMs);
    atMs = dueMs;
  }
  expect(waits).toEqual([0, 2_500, 5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
  const order: AgentInput = {
    kind: 'endOrdered',
    atMs: 1,
    generation: 0,
    id: part(9),
    signal: 15,
    why: '',
  };
  expect(say(state, order).at(-1)).toMatch(/^report/);
});

test.each<[string, AgentInput, string[]]>([
  ['of another generation', { ...launch(part(1)), generation: 2 } as AgentInput, ['report 2']],
  ['of another epoch', launch(part(1), 1, 2), ['report 2']],
  ['without a lease', launch(part(1), 60_000), ['report 2']],
])('a launch %s is void', (_, order, effects) => {
  expect(say(joined(), order)).toEqual(effects);
});

test('a launch that is repeated changes nothing, before and after its end', () => {
  const state = joined();
  say(state, launch(part(1)));
  answer(state, 1);
  expect(say(state, launch(part(1)))).toEqual(['report 3']);
  answer(state, 1);
  say(state, { kind: 'partEnded', atMs: 2, id: part(1) });
  expect(answer(state, 3, { acknowledged: [part(1)] })).toContain('buryPart 1.1.0');
  expect(say(state, launch(part(1)))).toEqual(['report 5']);
});

test('a part whose order could not be written is not answered for', () => {
  const state = joined();
  say(state, launch(part(1)));
  say(state, { kind: 'acceptFailed', atMs: 2, id: part(1) });
  expect(state.parts.size).toBe(0);
  expect(say(state, launch(part(1)))).toContain('startPart 1.1.0');
});

test('a scheduler that has just started is answered at once', () => {
  const state = joined();
  say(state, { kind: 'woken', atMs: 5_000 });
  say(state, { kind: 'reportFailed', atMs: 5_000, count: 2 });
  say(state, { kind: 'reportFailed', atMs: 5_000, count: 3 });
  expect(say(state, { kind: 'reportWanted', atMs: 5_001 })).toEqual(['report 4']);
});

test('a report that was lost before the scheduler came back is sent again at once', () => {
  const state = joined();
  say(state, { kind: 'woken', atMs: 5_000 });
  expect(say(state, { kind: 'reportWanted', atMs: 5_001 })).toEqual([]);
  expect(say(state, { kind: 'reportFailed', atMs: 5_002, count: 2 })).toEqual(['report 3']);
});

test('an acknowledgement of a part that has not ended buries nothing', () => {
  const state = joined();
  say(state, launch(part(1)));
  expect(answer(state, 1, { acknowledged: [part(1), part(2)] }).join()).not.toContain('bury');
});

test('an attempt is another part: its predecessor is not confused with it', () => {
  const state = joined();
  say(state, launch(part(1, 1)));
  say(state, launch(part(1, 2)));
  const order: AgentInput = {
    kind: 'endOrdered',
    atMs: 1,
    generation,
    id: part(1, 1),
    signal: undefined,
    why: 'old',
  };
  expect(say(state, order)).toContain('endPart 1.1.0 old');
  expect(state.parts.get('1.2.0')?.ending).toBeUndefined();
});

test('an end for an unknown part makes it never start; a mere signal does not', () => {
  const state = joined();
  const signal: AgentInput = {
    kind: 'endOrdered',
    atMs: 1,
    generation,
    id: part(4),
    signal: 15,
    why: '',
  };
  expect(say(state, signal)).toEqual(['report 2']);
  answer(state, 1);
  expect(say(state, { ...signal, signal: undefined, why: 'cancelled' })).toContain(
    'neverStart 4.1.0',
  );
  answer(state, 2);
  expect(say(state, launch(part(4)))).toEqual(['report 4']);
});

test('a host that comes back is reminded of what it may have missed', () => {
  const state = joined();
  say(state, launch(part(1)));
  const peers = [{ part: 0, host: 'a', port: 1 }];
  say(state, { kind: 'wireOrdered', atMs: 1, generation, id: part(1), peers });
  say(state, { kind: 'endOrdered', atMs: 1, generation, id: part(1), signal: undefined, why: 'x' });
  const reminded = say(state, { kind: 'hostConnected', atMs: 2, id: part(1) });
  expect(reminded).toEqual(['lease 1.1.0 60000', 'wirePart 1.1.0', 'endPart 1.1.0 x']);
});

test('a host that this node does not know is ended', () => {
  const said = say(joined(), { kind: 'hostConnected', atMs: 2, id: part(8) });
  expect(said[0]).toBe('endPart 8.1.0 this node no longer has it');
});

test('the lease counts from when the report left, and is never shortened', () => {
  const state = joined();
  say(state, launch(part(1)));
  expect(answer(state, 9_000, { sentAtMs: 4_000 })).toContain('lease 1.1.0 64000');
  say(state, { kind: 'woken', atMs: 20_000 });
  expect(answer(state, 20_000, { sentAtMs: 1_000 }).join()).not.toContain('lease');
});

test('a fence ends the old, adopts the epoch only then, and forgets what was fenced', () => {
  const state = joined();
  say(state, launch(part(1)));
  say(state, launch(part(2)));
  say(state, { kind: 'partEnded', atMs: 2, id: part(2) });
  const fenced = answer(state, 3, { epoch: 2, fence: true, leaseMs: 0 });
  expect(fenced).toContain('endPart 1.1.0 this node was fenced');
  expect(fenced.join()).not.toContain('adopt');
  expect(say(state, launch(part(3), 4, 2))).not.toContain('startPart 3.1.0');
  const settled = say(state, { kind: 'partEnded', atMs: 5, id: part(1) });
  expect(settled).toEqual(
    expect.arrayContaining(['buryPart 1.1.0', 'buryPart 2.1.0', `adopt g${generation} e2`]),
  );
  expect([state.epoch, state.parts.size]).toEqual([2, 0]);
});

test('a lower generation is ignored and warned of, a higher one adopted', () => {
  const state = joined();
  say(state, { kind: 'woken', atMs: 5_000 });
  expect(answer(state, 5_000, { generation: 2, epoch: 9, fence: true })).toContain('warn');
  expect(state.epoch).toBe(1);
  say(state, { kind: 'woken', atMs: 10_000 });
  expect(answer(state, 10_000, { generation: 4 })).toContain('adopt g4 e1');
});

test('an answer to another report than the last changes nothing', () => {
  const state = joined();
  say(state, launch(part(1)));
  expect(answer(state, 2, { count: 1, epoch: 9, fence: true })).toEqual([]);
  expect(state.epoch).toBe(1);
});

test('ends that did not fit a report follow as soon as the first are acknowledged', () => {
  const state = joined();
  for (const job of [1, 2]) say(state, launch(part(job)));
  for (const job of [1, 2]) say(state, { kind: 'partEnded', atMs: 2, id: part(job) });
  answer(state, 3);
  expect(answer(state, 4, { acknowledged: [part(1)] })).toContain('report 4');
  expect(answer(state, 5)).toEqual(['wake 5005']);
});
