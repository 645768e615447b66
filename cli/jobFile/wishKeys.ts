/** Keys that say where and when a job shall run, beyond its size; Slurm's names are aliases. */
import { parseConstraint } from '../format/constraint.ts';
import { parseCountables } from '../format/countable.ts';
import { parseTimeLimit } from '../format/duration.ts';
import { expandHostlist } from '../format/hostlist.ts';
import { parseMoment } from '../format/moment.ts';
import { notParsed } from '../format/parsed.ts';
import { parseSpan } from '../format/span.ts';
import { as, type JobKey, key, oneToMany } from './jobKey.ts';
import * as read from './keyReader.ts';
import { JOB_LIMITS } from './limits.ts';

/** Each once. */
const nodeNames = (text: string) =>
  read.mapParsed(expandHostlist(text), (names) => [...new Set(names)]);

export const nodeKeys: readonly JobKey[] = [
  key({
    name: 'nodes',
    aliases: ['N'],
    placeholder: 'N[-M]',
    describe: 'nodes to spread over: 2, 2-4',
    read: as(
      (text) => parseSpan(text, JOB_LIMITS.ranks),
      (nodes) => ({ nodes }),
    ),
  }),
  key({
    name: 'ranks-per-node',
    aliases: ['ntasks-per-node'],
    placeholder: 'N',
    describe: 'at most so many ranks on one node',
    read: as(oneToMany(JOB_LIMITS.ranks), (ranksPerNode) => ({ ranksPerNode })),
  }),
  key({
    name: 'exclusive',
    takes: 'nothing',
    describe: 'have its nodes alone',
    read: as(read.yesOrNo, (exclusive) => ({ exclusive })),
  }),
  key({
    name: 'constraint',
    aliases: ['C'],
    placeholder: 'FEATURES',
    describe: 'nodes with these features: pi5&nvme, pi4|pi5, [pi5*2&pi4*1], [rack1|rack2]',
    read: as(parseConstraint, (constraint) => ({ constraint })),
  }),
  key({
    name: 'nodelist',
    aliases: ['w'],
    placeholder: 'NODES',
    describe: 'all of these nodes, and others if they do not hold it: pi[01-04],pi7',
    read: as(nodeNames, (nodeList) => ({ nodeList })),
  }),
  key({
    name: 'exclude',
    aliases: ['x'],
    placeholder: 'NODES',
    describe: 'none of these nodes',
    read: as(nodeNames, (excluded) => ({ excluded })),
  }),
  key({
    name: 'gres',
    placeholder: 'LIST',
    describe: 'generic resources of each node: camera:2,lora',
    read: as(parseCountables, (gres) => ({ gres })),
  }),
  key({
    name: 'licenses',
    aliases: ['L'],
    placeholder: 'LIST',
    describe: 'licenses of the cluster while it runs: matlab:2',
    read: as(parseCountables, (licenses) => ({ licenses })),
  }),
  key({
    name: 'distribution',
    aliases: ['m'],
    placeholder: 'block|cyclic',
    describe: 'ranks in runs, or dealt out node by node',
    read: as(read.oneOf(['block', 'cyclic']), (distribution) => ({ distribution })),
  }),
  key({
    name: 'contiguous',
    takes: 'nothing',
    describe: 'prefer nodes behind one switch',
    read: as(read.yesOrNo, (contiguous) => ({ contiguous })),
  }),
  key({
    name: 'uniform',
    takes: 'nothing',
    describe: 'only boards of one model',
    read: as(read.yesOrNo, (uniform) => ({ uniform })),
  }),
];

/** Slurm's. */
const MOST_NICE = 2_147_483_645;

export const timingKeys: readonly JobKey[] = [
  key({
    name: 'min-time',
    aliases: ['time-min'],
    placeholder: 'LIMIT',
    describe: 'shortest time limit with which it may start earlier',
    read: (text) => {
      const limit = parseTimeLimit(text);
      if (!limit.ok) return limit;
      if (limit.value !== 'unlimited' && limit.value > 0)
        return { ok: true, value: { minTimeMs: limit.value } };
      return notParsed('not a time above 0', text, 0);
    },
  }),
  key({
    name: 'deadline',
    placeholder: 'TIME',
    describe: 'end it when it can no longer end by then: 18:00, now+3hours',
    read: (text, { nowMs }) =>
      read.mapParsed(parseMoment(text, { nowMs, passedClock: 'tomorrow' }), (deadlineMs) => ({
        deadlineMs,
      })),
  }),
  key({
    name: 'nice',
    placeholder: 'N',
    describe: 'taken off its priority; below 0 for operators only',
    read: as(read.wholeNumber({ from: -MOST_NICE, to: MOST_NICE }), (nice) => ({ nice })),
  }),
  key({
    name: 'qos',
    aliases: ['q'],
    placeholder: 'NAME',
    describe: 'quality of service to run in',
    read: as(read.plainText(64), (qos) => ({ qos })),
  }),
  key({
    name: 'reservation',
    placeholder: 'NAME',
    describe: 'run in this reservation only',
    read: as(read.plainText(64), (reservation) => ({ reservation })),
  }),
];
