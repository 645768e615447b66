/**
 * What the examples must answer, known to the demo independently of them: published values,
 * closed formulas, and totals from separate C programs. The examples check themselves too; this
 * is the second opinion.
 */
import { createHash } from 'node:crypto';

/** One value of a job's result beside the value it must have. */
export type Comparison = {
  readonly what: string;
  readonly got: unknown;
  readonly known: string | number | boolean;
  /** Where the known value comes from. */
  readonly source: string;
  /** Largest difference of two numbers; 0 when left out. */
  readonly tolerance?: number;
};

export type Example = {
  readonly name: string;
  /** Relative to the package. */
  readonly jobFile: string;
  /** The job's results: one, or one for every task of an array. */
  readonly compare: (results: readonly unknown[]) => readonly Comparison[];
};

const jobFile = (name: string): string => `examples/${name}/job.yaml`;

/** A member of a result, at any depth; undefined when there is none. */
export function memberOf(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (within, name) =>
      typeof within === 'object' && within !== null ? Reflect.get(within, name) : undefined,
    value,
  );
}

type Known = Omit<Comparison, 'got'>;

/** An example with one result, whose members are compared. */
function example(name: string, known: Readonly<Record<string, Known>>): Example {
  return {
    name,
    jobFile: jobFile(name),
    compare: ([result]) => [
      ...Object.entries(known).map(([member, value]) => ({
        ...value,
        got: memberOf(result, member),
      })),
      selfCheck(result),
    ],
  };
}

const selfCheck = (result: unknown): Comparison => ({
  what: "the example's own check",
  got: memberOf(result, 'verified'),
  known: true,
  source: 'its kernel',
});

const PRIMES_BELOW_POWERS_OF_TEN = [4, 25, 168, 1_229, 9_592, 78_498, 664_579, 5_761_455];

export const EXAMPLES: readonly Example[] = [
  example('hello', {
    answer: { what: 'ranks that answered', known: 2, source: 'job.yaml' },
  }),
  example('pi-digits', {
    answer: {
      what: 'first decimals',
      known: '3.14159265358979323846264338327950288419716939937510',
      source: 'published',
    },
    lastDigits: { what: 'decimals up to 1,000,000', known: '5779458151', source: 'published' },
  }),
  example('monte-carlo', {
    inside: { what: 'points inside', known: 31_411_125, source: 'a C program' },
    answer: { what: 'estimate of pi', known: 3.1411125, source: '4 x inside / points' },
  }),
  example('mandelbrot', {
    answer: { what: 'sum of all iterations', known: 488_920_948, source: 'a C program' },
    blackPixels: { what: 'black pixels of the picture', known: 241_322, source: 'a C program' },
  }),
  example('matmul', {
    answer: { what: 'sum of all entries', known: -3_442, source: 'column sums x row sums' },
  }),
  example('fibonacci', {
    answer: { what: 'fib(35)', known: 9_227_465, source: 'published' },
    bound: { what: 'bound of the speedup', known: 2.618034, source: 'phi^2', tolerance: 1e-5 },
  }),
  example('heat', {
    answer: {
      what: 'temperature in the middle',
      known: middleOfPlate(1024, 500),
      source: 'closed formula',
      tolerance: 1e-9,
    },
  }),
  { name: 'array-sweep', jobFile: jobFile('array-sweep'), compare: comparePrimeCounts },
  { name: 'plain-command', jobFile: jobFile('plain-command'), compare: compareSlices },
];

/** Compared apart: the demo enters it in the schedule first. */
export const NIGHTLY: Example = example('nightly', {
  answer: {
    what: 'SHA-256 of a million a',
    known: createHash('sha256').update('a'.repeat(1_000_000)).digest('hex'),
    source: 'computed here',
  },
});

function comparePrimeCounts(results: readonly unknown[]): Comparison[] {
  return PRIMES_BELOW_POWERS_OF_TEN.map((known, index) => ({
    what: `primes below 10^${index + 1}`,
    got: memberOf(results[index], 'answer'),
    known,
    source: 'published',
  }));
}

/** The results are what the ranks printed: `... slice 1.85 exact 1.85 verified`. */
function compareSlices(outputs: readonly unknown[]): Comparison[] {
  const slices = [...outputs.join('\n').matchAll(/slice (\S+) exact \S+ verified$/gm)];
  return [
    { what: 'ranks that verified', got: slices.length, known: 2, source: 'job.yaml' },
    {
      what: 'sum of the slices',
      got: slices.reduce((sum, [, slice]) => sum + Number(slice), 0),
      known: Math.PI,
      source: 'the integral is pi',
      tolerance: 1e-9,
    },
  ];
}

/** The heat example's standing waves after some sweeps, at the middle cell. */
function middleOfPlate(cells: number, sweeps: number): number {
  const step = Math.PI / (cells + 1);
  const middle = (cells + 1) >> 1;
  const wave = (height: number, down: number, across: number): number =>
    height *
    ((Math.cos(down * step) + Math.cos(across * step)) / 2) ** sweeps *
    Math.sin(down * step * middle) *
    Math.sin(across * step * middle);
  return wave(100, 1, 1) + wave(50, 9, 7);
}
