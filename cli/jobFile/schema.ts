/**
 * The shape of job.yaml. The same schema checks files and is published for editors as
 * docs/job.schema.json; what a text must look like inside is said by keys.ts.
 */
import { z } from 'zod';
import { MISSED, OVERLAPS } from '../../scheduler/model/schedule.ts';
import { JOB_KEYS } from './keys.ts';
import { JOB_LIMITS } from './limits.ts';

const described = (name: string): string =>
  JOB_KEYS.find((known) => known.name === name)?.describe ?? '';

const text = (name: string) => z.string().describe(described(name));
const textOrNumber = (name: string) => z.union([z.string(), z.number()]).describe(described(name));
const count = (name: string, to: number) => z.int().min(1).max(to).describe(described(name));
const flag = (name: string) => z.boolean().describe(described(name));
/** A count, or the least and the most of it. */
const span = (name: string) =>
  z
    .union([
      z.int().min(1).max(JOB_LIMITS.ranks),
      z.strictObject({
        min: z.int().min(1).max(JOB_LIMITS.ranks),
        max: z.int().min(1).max(JOB_LIMITS.ranks),
      }),
      z.string().regex(/^\d+-\d+$/),
    ])
    .describe(described(name));
const patterns = (name: string) =>
  z.array(z.string()).max(JOB_LIMITS.patterns).describe(described(name));

const schedule = z
  .strictObject({
    cron: text('cron'),
    timezone: text('timezone').optional(),
    overlap: z.enum(OVERLAPS).describe(described('overlap')).optional(),
    missed: z.enum(MISSED).describe(described('missed')).optional(),
  })
  .describe('makes it a recurring job');

export const jobFileSchema = z
  .strictObject({
    name: text('name').optional(),
    kernel: z.string().describe('module that exports the kernel, relative to this file').optional(),
    command: z
      .array(z.union([z.string(), z.number()]))
      .min(1)
      .describe('program and arguments that every rank runs')
      .optional(),
    script: z
      .string()
      .describe('text of a shell script; it runs once, on the first node')
      .optional(),
    ranks: span('ranks').optional(),
    nodes: span('nodes').optional(),
    'ranks-per-node': count('ranks-per-node', JOB_LIMITS.ranks).optional(),
    'cores-per-rank': count('cores-per-rank', JOB_LIMITS.coresPerRank).optional(),
    'memory-per-rank': textOrNumber('memory-per-rank').optional(),
    'memory-per-core': textOrNumber('memory-per-core').optional(),
    'memory-per-node': textOrNumber('memory-per-node').optional(),
    exclusive: flag('exclusive').optional(),
    constraint: text('constraint').optional(),
    nodelist: text('nodelist').optional(),
    exclude: text('exclude').optional(),
    gres: text('gres').optional(),
    licenses: text('licenses').optional(),
    distribution: z.enum(['block', 'cyclic']).describe(described('distribution')).optional(),
    contiguous: flag('contiguous').optional(),
    uniform: flag('uniform').optional(),
    time: textOrNumber('time').optional(),
    partition: text('partition').optional(),
    account: text('account').optional(),
    qos: text('qos').optional(),
    reservation: text('reservation').optional(),
    nice: z.int().describe(described('nice')).optional(),
    begin: text('begin').optional(),
    deadline: text('deadline').optional(),
    'min-time': textOrNumber('min-time').optional(),
    dependency: text('dependency').optional(),
    hold: z.boolean().describe(described('hold')).optional(),
    requeue: z.boolean().describe('run again when a node fails').optional(),
    signal: textOrNumber('signal').optional(),
    array: z
      .union([z.string(), z.number(), z.array(z.int().min(0))])
      .describe(described('array'))
      .optional(),
    schedule: schedule.optional(),
    params: z.unknown().describe('handed to the kernel; any JSON value').optional(),
    inputs: patterns('inputs').optional(),
    outputs: patterns('outputs').optional(),
    env: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .describe('variables for the ranks')
      .optional(),
    size: z.number().positive().describe(described('size')).optional(),
    comment: text('comment').optional(),
    group: text('group').optional(),
  })
  .meta({ title: 'PiBatch job' });

export type JobFile = z.infer<typeof jobFileSchema>;

/** Keys that are a count or a map of min and max. */
export const SPAN_KEYS: ReadonlySet<string> = new Set(['ranks', 'nodes']);

/** Keys of the file's top level. */
export const JOB_FILE_KEYS: readonly string[] = Object.keys(jobFileSchema.shape);
export const SCHEDULE_KEYS: readonly string[] = Object.keys(schedule.shape);

/** JSON Schema 2020-12, as docs/job.schema.json holds it. */
export const jobFileJsonSchema = (): unknown =>
  z.toJSONSchema(jobFileSchema, { io: 'input', target: 'draft-2020-12' });
