import { parseConstraint } from '../../cli/format/constraint.ts';
import { COUNTABLE_LIMITS } from '../../cli/format/countable.ts';
import type { pibatch } from '../../proto/codec.ts';
import { constraintText } from '../model/constraint.ts';
import type { Constraint, Countable, Wishes } from '../model/request.ts';
import { timeMs } from '../model/time.ts';
import * as check from './fieldCheck.ts';

/** Wishes on the wire <-> Wishes of a request. Throws RefusedError naming the field. */
type Wire = pibatch.Wishes.$Properties;

const MOST_RANKS = 65_536;
const MOST_NICE = 2_147_483_645;
const LONGEST_TIME_MS = 10 * 365 * 86_400_000;
const NODE = /^[A-Za-z0-9_-]{1,64}$/;
const NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/;

export function wishes(wire: Wire): Wishes {
  const ranksPerNode = check.integer('ranks-per-node', wire.ranksPerNode ?? 0, ranks(0));
  const nodes = spanOf('nodes', wire.nodes);
  const ranksRange = spanOf('ranks', wire.ranks);
  const constraint = constraintOf(check.line('constraint', wire.constraint, 256));
  const nodeList = nodeNames('nodelist', wire.nodeList);
  const excluded = nodeNames('exclude', wire.excluded);
  const gres = countables('gres', wire.gres);
  const licenses = countables('licenses', wire.licenses);
  const distribution = distributionOf(check.line('distribution', wire.distribution, 32));
  const minTimeMs = check.integer('min-time', wire.minTimeMs ?? 0, {
    least: 0,
    most: LONGEST_TIME_MS,
  });
  const deadlineMs = check.optionalInteger('deadline', wire.deadlineMs, check.ANY_COUNT);
  const nice = check.integer('nice', wire.nice ?? 0, { least: -MOST_NICE, most: MOST_NICE });
  const qos = check.line('qos', wire.qos, 64);
  const reservation = check.line('reservation', wire.reservation, 64);
  return {
    ...(nodes && { nodes }),
    ...(ranksPerNode > 0 && { ranksPerNode }),
    ...(wire.exclusive && { exclusive: true }),
    ...(constraint && { constraint }),
    ...(nodeList.length > 0 && { nodeList }),
    ...(excluded.length > 0 && { excluded }),
    ...(gres.length > 0 && { gres }),
    ...(licenses.length > 0 && { licenses }),
    ...(distribution && { distribution }),
    ...(wire.contiguous && { contiguous: true }),
    ...(wire.uniform && { uniform: true }),
    ...(minTimeMs > 0 && { minTimeMs }),
    ...(deadlineMs !== undefined && { deadlineMs: timeMs(deadlineMs) }),
    ...(nice !== 0 && { nice }),
    ...(qos !== '' && { qos }),
    ...(reservation !== '' && { reservation }),
    ...(ranksRange && { ranksRange }),
  };
}

const ranks = (least: number): check.Range => ({ least, most: MOST_RANKS });

function spanOf(field: string, wire: pibatch.Span.$Properties | null | undefined) {
  if (!wire) return undefined;
  return {
    least: check.integer(`${field} min`, wire.least ?? 0, ranks(1)),
    most: check.integer(`${field} max`, wire.most ?? 0, ranks(1)),
  };
}

function constraintOf(text: string): Constraint | undefined {
  if (text === '') return undefined;
  const read = parseConstraint(text);
  return read.ok ? read.value : check.refuse('constraint', text, `features (${read.message})`);
}

const MOST_NAMES = 4_096;

function nodeNames(field: string, wire: readonly string[] | null | undefined): readonly string[] {
  const names = check
    .listOf(field, wire, MOST_NAMES)
    .map((name) => check.matching(field, name, NODE, 'names of nodes'));
  if (new Set(names).size < names.length) check.refuse(field, names, 'names once');
  return names;
}

function countables(
  field: string,
  wire: readonly pibatch.Countable.$Properties[] | null | undefined,
): readonly Countable[] {
  const things = check.listOf(field, wire, COUNTABLE_LIMITS.things).map((one) => ({
    name: check.matching(field, one.name, NAME, 'names of A-Z a-z 0-9 _ . -'),
    count: check.integer(field, one.count ?? 1, { least: 1, most: COUNTABLE_LIMITS.count }),
  }));
  const names = new Set(things.map(({ name }) => name));
  if (names.size < things.length)
    check.refuse(
      field,
      things.map((one) => one.name),
      'names once',
    );
  return things;
}

function distributionOf(text: string): Wishes['distribution'] {
  if (text === '') return undefined;
  if (text === 'block' || text === 'cyclic') return text;
  return check.refuse('distribution', text, 'block or cyclic');
}

/** Undefined when nothing is asked for. */
export function wishesMessage(asked: Wishes): Wire | undefined {
  const { nodes, ranksRange, constraint, gres, licenses, ...plain } = asked;
  const wire: Wire = {
    ...(nodes && { nodes: { ...nodes } }),
    ...(plain.ranksPerNode !== undefined && { ranksPerNode: plain.ranksPerNode }),
    ...(plain.exclusive && { exclusive: true }),
    ...(constraint && { constraint: constraintText(constraint) }),
    ...(plain.nodeList && { nodeList: [...plain.nodeList] }),
    ...(plain.excluded && { excluded: [...plain.excluded] }),
    ...(gres && { gres: gres.map((one) => ({ ...one })) }),
    ...(licenses && { licenses: licenses.map((one) => ({ ...one })) }),
    ...(plain.distribution && { distribution: plain.distribution }),
    ...(plain.contiguous && { contiguous: true }),
    ...(plain.uniform && { uniform: true }),
    ...(plain.minTimeMs !== undefined && { minTimeMs: plain.minTimeMs }),
    ...(plain.deadlineMs !== undefined && { deadlineMs: plain.deadlineMs }),
    ...(plain.nice !== undefined && { nice: plain.nice }),
    ...(plain.qos !== undefined && { qos: plain.qos }),
    ...(plain.reservation !== undefined && { reservation: plain.reservation }),
    ...(ranksRange && { ranks: { ...ranksRange } }),
  };
  return Object.keys(wire).length > 0 ? wire : undefined;
}
