import { describe, expect, test } from 'vitest';
import { readUpdate } from '../../cli/update.ts';
import { decodeMessage, encodeMessage, pibatch } from '../../proto/codec.ts';
import { RefusedError } from '../../scheduler/live/fieldCheck.ts';
import { jobChanges } from '../../scheduler/live/jobChanges.ts';
import { DEFAULT_SETTINGS } from '../../scheduler/model/defaultSettings.ts';

const read = (...words: string[]) => readUpdate(words, 0);

/** From the command line over the wire to what the machine is told. */
function changes(...words: string[]) {
  const { spec, fields } = read('12', ...words);
  const bytes = encodeMessage(pibatch.UpdateJob, { job: 12, spec, fields: [...fields] });
  return jobChanges(decodeMessage(pibatch.UpdateJob, bytes), DEFAULT_SETTINGS);
}

describe('what is to change', () => {
  test.each([
    [['time=2h'], { set: { timeLimitMs: 7_200_000 }, clear: [] }],
    [['TimeLimit=10', 'JobName=b'], { set: { name: 'b', timeLimitMs: 600_000 }, clear: [] }],
    [['nodes=2-4'], { set: { nodes: { least: 2, most: 4 } }, clear: [] }],
    [['ranks=4'], { set: { ranks: 4 }, clear: ['ranksRange'] }],
    [['ranks=2-8'], { set: { ranks: 8, ranksRange: { least: 2, most: 8 } }, clear: [] }],
    [['constraint=pi5'], { set: { constraint: { kind: 'feature', feature: 'pi5' } }, clear: [] }],
    [['Features='], { set: {}, clear: ['constraint'] }],
    [['nice=100', 'qos=high'], { set: { nice: 100, qos: 'high' }, clear: [] }],
    [['nice=0'], { set: {}, clear: ['nice'] }],
    [['exclusive=no'], { set: {}, clear: ['exclusive'] }],
    [['begin=now+1hour'], { set: { beginMs: 3_600_000 }, clear: [] }],
    [['begin=', 'comment='], { set: {}, clear: ['beginMs', 'comment'] }],
    [['deadline=now+1hour'], { set: { deadlineMs: 3_600_000 }, clear: [] }],
    [['array-throttle=2'], { set: {}, clear: [], throttle: 2 }],
    [['ArrayTaskThrottle=0'], { set: {}, clear: [], throttle: 0 }],
    [
      ['dependency=afterok:3'],
      { set: { dependency: { match: 'all', terms: [{ kind: 'afterok', job: 3 }] } }, clear: [] },
    ],
    [['account='], { set: { account: 'default' }, clear: [] }],
  ])('%j', (words, expected) => expect(changes(...words)).toEqual(expected));

  test("jobs and tasks, in scontrol's words too", () => {
    expect(read('12', '20_4', 'time=5').jobs).toMatchObject([{ job: 12 }, { job: 20, task: 4 }]);
    expect(read('JobId=12', 'time=5').jobs).toMatchObject([{ job: 12 }]);
  });

  test('hold is an order of its own', () => {
    expect(read('12', 'hold=yes')).toMatchObject({ hold: true, fields: [] });
    expect(read('12', 'Priority=0', 'time=5')).toMatchObject({ hold: true, fields: ['time'] });
  });

  test.each([
    [['time=5'], 'name the job'],
    [['12'], 'say what, as key=value'],
    [['12', 'tme=5'], "'tme' cannot be changed; did you mean 'time'?"],
    [
      ['12', 'params={}'],
      "'params' cannot be changed; what can be changed: account, array-throttle",
    ],
    [['12', 'time=soon'], 'time: not a duration'],
    [['12', 'priority=5'], 'only 0, which holds the job'],
    [['12', 'array-throttle=-1'], 'not a whole number from 0'],
    [['12x', 'time=5'], '12x'],
  ])('%j is refused', (words, problem) => expect(() => read(...words)).toThrow(problem));
});

test.each([
  [{}, 'update'],
  [{ fields: ['colour'] }, 'update'],
  [{ fields: ['time'] }, 'time'],
  [{ fields: ['name'], spec: { name: '' } }, 'name'],
  [{ fields: ['nodes'], spec: { wishes: { nodes: { least: 1 } } } }, 'nodes max'],
  [{ fields: ['array-throttle'], spec: { array: { throttle: 2_000_000 } } }, 'array-throttle'],
  [{ fields: Array.from({ length: 65 }, (_, at) => `f${at}`) }, 'fields'],
])('the scheduler refuses %j', (update, field) => {
  try {
    jobChanges(update, DEFAULT_SETTINGS);
    expect.unreachable();
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    expect(error.refusal).toMatchObject({ code: 'badValue', field });
  }
});
