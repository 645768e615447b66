/** Everything that reads what others wrote, with inputs that it accepts. */
import * as fc from 'fast-check';
import { parseBytes } from '../../cli/format/bytes.ts';
import { parseConstraint } from '../../cli/format/constraint.ts';
import { parseCountables } from '../../cli/format/countable.ts';
import { parseDependency } from '../../cli/format/dependency.ts';
import { parseDuration, parseTimeLimit } from '../../cli/format/duration.ts';
import { expandHostlist } from '../../cli/format/hostlist.ts';
import { parseMoment } from '../../cli/format/moment.ts';
import { parseArraySpec, parseIndexSet } from '../../cli/format/ranges.ts';
import { readDirectives } from '../../cli/jobFile/directives.ts';
import { readJobYaml } from '../../cli/jobFile/jobYaml.ts';
import { JobFileError } from '../../cli/jobFile/place.ts';
import { readRuns } from '../../accounting/speedup/readRuns.ts';
import { fromHost, toHost } from '../../nodeagent/record/hostMessage.ts';
import { neverStarted, partExit } from '../../nodeagent/record/partExit.ts';
import { BadRecordError, type Parser, parseRecord } from '../../nodeagent/record/shape.ts';
import { parseSettings } from '../../scheduler/live/configuration/readFile.ts';
import { SettingsError } from '../../scheduler/live/configuration/settingsError.ts';
import { nextOccurrences } from '../../scheduler/policy/occurrence.ts';
import { refuseRule } from '../../scheduler/policy/cronRule.ts';
import { timeMs } from '../../scheduler/model/time.ts';
import { parseTrace, TraceError } from '../../scheduler/sim/swf.ts';
import * as grammar from './grammars.ts';
import { HANDLER_READERS } from './handlerReaders.ts';
import { MESSAGE_READERS } from './messageReaders.ts';
import { QUERY_READERS } from './queryReaders.ts';

/** `read` returns, or throws one of `refusals`. */
export type InputReader = {
  readonly name: string;
  readonly seeds: readonly Buffer[];
  readonly refusals: readonly (abstract new (...args: never[]) => Error)[];
  read(input: Buffer): unknown;
};

const SAMPLES = 200;
const BOUNDS = { largestIndex: 4_194_304, mostIndices: 10_000 };
const CONFIGURATIONS = [
  'policy: easy\npartitions:\n  main: {nodes: "pi[1-2]", maxTime: 1-0}\nusers: {a: admin}\n',
  'qos:\n  urgent:\n    priority: 9\n    group: {maxCores: 8}\nlicenses: {tool: 2}\n',
  JSON.stringify({ heartbeatMs: 5000, users: { ada: 'operator' }, partitions: { main: {} } }),
];
/** What agents and job hosts leave for each other. */
const RECORDS: readonly (readonly [string, Parser<unknown>, unknown])[] = [
  ['exit', partExit, neverStarted('the order is gone', 5)],
  ['host order', toHost, { kind: 'wire', peers: [{ part: 1, host: 'pi2', port: 9 }] }],
];
const NOW_MS = Date.UTC(2026, 0, 1);
const CONTEXT = { nowMs: NOW_MS, environment: { HOME: '/home/alice' }, folder: '/home/alice' };

function textReader(
  name: string,
  texts: fc.Arbitrary<string>,
  read: (text: string) => unknown,
  refusals: InputReader['refusals'] = [],
): InputReader {
  const samples = fc.sample(texts, { numRuns: SAMPLES, seed: 1 });
  const seeds = samples.map((text) => Buffer.from(text));
  return { name, seeds, refusals, read: (input) => read(input.toString('utf8')) };
}

/** A rule that is not refused must also be followed. */
function followCron(cron: string): unknown {
  const rule = { cron, timezone: 'Europe/Madrid', overlap: 'skip', missed: 'skip' } as const;
  if (refuseRule(rule)) return undefined;
  return nextOccurrences(rule, { seed: 'nightly', afterMs: timeMs(NOW_MS) }, 2);
}

export const READERS: readonly InputReader[] = [
  textReader('hostlist', grammar.hostlist, expandHostlist),
  textReader('duration', grammar.duration, parseDuration),
  textReader('time limit', grammar.duration, parseTimeLimit),
  textReader('bytes', grammar.bytes, (text) => parseBytes(text, { bareUnit: 'M' })),
  textReader('moment', grammar.moment, (text) =>
    parseMoment(text, { nowMs: NOW_MS, passedClock: 'tomorrow' }),
  ),
  textReader('index set', grammar.indexes, (text) => parseIndexSet(text, BOUNDS)),
  textReader('array', grammar.indexes, (text) => parseArraySpec(text, BOUNDS)),
  textReader('dependency', grammar.dependency, parseDependency),
  textReader('constraint', grammar.constraint, parseConstraint),
  textReader('countable', grammar.countable, parseCountables),
  textReader('cron', grammar.cron, followCron),
  textReader('swf', grammar.swf, (text) => parseTrace(text, undefined), [TraceError]),
  textReader('host line', grammar.hostLine, (text) => parseRecord(fromHost, text, 'line'), [
    BadRecordError,
  ]),
  ...RECORDS.map(([name, parser, example]) =>
    textReader(
      `record ${name}`,
      fc.constant(JSON.stringify(example)),
      (text) => parseRecord<unknown>(parser, text, name),
      [BadRecordError],
    ),
  ),
  textReader('runs', grammar.runs, readRuns),
  textReader('script', grammar.script, (text) => readDirectives('job.sh', text, CONTEXT), [
    JobFileError,
  ]),
  textReader('job.yaml', grammar.jobYaml, (text) => readJobYaml('job.yaml', text, CONTEXT), [
    JobFileError,
  ]),
  textReader(
    'cluster.yaml',
    fc.constantFrom(...CONFIGURATIONS),
    (text) => parseSettings('f', text),
    [SettingsError],
  ),
  ...MESSAGE_READERS,
  ...QUERY_READERS,
  ...HANDLER_READERS,
];
