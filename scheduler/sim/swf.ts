/**
 * Workload traces in the Standard Workload Format: 18 numbers a line, `;` begins a comment.
 * Read by the conventions of the Parallel Workloads Archive's users: processors are field 8,
 * else 5; a job is killed at its estimate; jobs that cannot have run are dropped.
 */

export type TraceJob = {
  readonly number: number;
  readonly submitS: number;
  /** What it really takes, at most the estimate. */
  readonly runS: number;
  readonly processors: number;
  /** Absent: 1. */
  readonly coresPerRank?: number;
  /** 0: without a time limit. */
  readonly estimateS: number;
  readonly user: number;
  readonly executable: number;
};

export type Trace = {
  readonly processors: number;
  readonly jobs: readonly TraceJob[];
  /** Rows of the file, kept or not. */
  readonly rows: number;
};

/** Errors: TraceError with the line number. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
  readonly line: number;

  constructor(line: number, problem: string, options?: ErrorOptions) {
    super(`line ${line}: ${problem}`, options);
    this.line = line;
  }
}

const FIELDS = 18;
const TIMES = [
  [2, 'submit time'],
  [4, 'run time'],
  [9, 'requested time'],
] as const;
const COUNTS = [
  [5, 'allocated processors'],
  [8, 'requested processors'],
] as const;
/** 300 years: above it milliseconds would not be exact. */
const MOST_S = 1e10;
const MOST_PROCESSORS = 1_000_000;
/** Of a line with a job. */
const MOST_CHARACTERS = 1_000;
const NUMBERS = /^[-+.\deE\s]+$/;

/** `processors` overrides the header's MaxProcs (or MaxNodes). Errors: TraceError. */
export function parseTrace(text: string, processors: number | undefined): Trace {
  const lines = text.split('\n');
  const size = processors ?? headerNumber(lines, 'MaxProcs') ?? headerNumber(lines, 'MaxNodes');
  if (size === undefined) {
    throw new TraceError(1, 'no MaxProcs in the header: give the number of processors');
  }
  if (size < 1 || size > MOST_PROCESSORS) {
    const limits = `a machine has 1 to ${MOST_PROCESSORS} processors`;
    throw new TraceError(1, `MaxProcs in the header is ${size}: ${limits}`);
  }
  const jobs: TraceJob[] = [];
  let rows = 0;
  let lastS = 0;
  for (const [index, line] of lines.entries()) {
    const plain = line.trim();
    if (plain === '' || plain.startsWith(';')) continue;
    rows += 1;
    const job = parseJob(plain, index + 1);
    if (job.submitS >= 0 && job.submitS < lastS) throw unsorted(index + 1, job.submitS, lastS);
    lastS = Math.max(lastS, job.submitS);
    if (fitsMachine(job, size)) jobs.push(job);
  }
  if (rows === 0) throw new TraceError(lines.length, 'the trace ends without a job');
  return { processors: size, jobs, rows };
}

const unsorted = (line: number, submitS: number, lastS: number): TraceError =>
  new TraceError(
    line,
    `submitted at ${submitS} s, but a job above at ${lastS} s: sort the trace by submit time (field 2)`,
  );

function headerNumber(lines: readonly string[], name: string): number | undefined {
  for (const line of lines) {
    if (!line.startsWith(';')) continue;
    const match = new RegExp(`^;\\s*${name}:\\s*(\\d+)`).exec(line);
    if (match) return Number(match[1]);
  }
  return undefined;
}

type ParsedJob = TraceJob & { readonly allocated: number; readonly requested: number };

function parseJob(line: string, number: number): ParsedJob {
  if (line.length > MOST_CHARACTERS) {
    const most = `a job is ${FIELDS} numbers in at most ${MOST_CHARACTERS}`;
    throw new TraceError(number, `${line.length} characters; ${most}`);
  }
  const words = line.split(/\s+/);
  const fields = words.map(Number);
  const bad = words.findIndex((word, at) => !NUMBERS.test(word) || !Number.isFinite(fields[at]));
  if (bad >= 0) {
    const word = (words[bad] ?? '').slice(0, 20);
    throw new TraceError(number, `field ${bad + 1} is not a number: '${word}'`);
  }
  if (fields.length < FIELDS) {
    const hole = 'write -1 for what is not known';
    throw new TraceError(number, `${fields.length} fields instead of ${FIELDS}; ${hole}`);
  }
  refuseValues(fields, number);
  const field = (at: number): number => fields[at - 1] ?? -1;
  const estimateS = field(9) > 0 ? field(9) : -1;
  return {
    number: field(1),
    submitS: field(2),
    runS: field(4),
    processors: field(8) > 0 ? field(8) : field(5),
    estimateS,
    user: field(12),
    executable: field(14),
    allocated: field(5),
    requested: field(8),
  };
}

/** Errors: TraceError for what no machine can have recorded. */
function refuseValues(fields: readonly number[], line: number): void {
  for (const [at, name] of TIMES) {
    const value = fields[at - 1] ?? -1;
    const what = `${name} (field ${at}) is ${value} s`;
    if (value < 0 && value !== -1) {
      throw new TraceError(line, `${what}; only -1, unknown, is less than 0`);
    }
    if (value > MOST_S) throw new TraceError(line, `${what}; the most is ${MOST_S} s`);
  }
  for (const [at, name] of COUNTS) {
    const value = fields[at - 1] ?? -1;
    if (Number.isInteger(value)) continue;
    throw new TraceError(line, `${name} (field ${at}) is ${value}, not a whole number`);
  }
}

const fitsMachine = (job: ParsedJob, size: number): boolean =>
  job.runS > 0 &&
  job.processors > 0 &&
  job.submitS >= 0 &&
  job.allocated <= size &&
  job.requested <= size;

/**
 * Estimates as the trace has them: where no job has one, the run time is the estimate, else
 * jobs without one are dropped. Run times end at the estimate.
 */
export function withEstimates(trace: Trace): Trace {
  const any = trace.jobs.some((job) => job.estimateS > 0);
  const jobs = trace.jobs.flatMap((job) => {
    const estimateS = any ? job.estimateS : job.runS;
    return estimateS > 0 ? [{ ...job, estimateS, runS: Math.min(job.runS, estimateS) }] : [];
  });
  return { ...trace, jobs };
}
