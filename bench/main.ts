/**
 * `npm run bench -- NAME [options] [--json]`: one measurement; its last line is one JSON object.
 * Each bench is a file here: `export async function run(argv: string[]): Promise<unknown>`, which
 * throws RangeError for a wrong option.
 */
const BENCHES: Readonly<Record<string, string>> = {
  throughput: 'no-op jobs through the whole stack: submitted, started and retired per second',
  collectives: 'latency and bandwidth of the collectives, beside MPI where it is installed',
  coverage: "do the speedup report's intervals hold what they promise? (seeded simulation)",
  amdahl: 'a kernel with a known serial share, through the whole stack and its report',
  efficiency:
    'two ranks of the CPU-bound examples on two cores, and where the rest of the time goes',
  history: "the accounting's questions to a million finished jobs",
  backfill: 'a scheduling pass over a long queue on a large cluster',
  chaos: 'a real cluster whose processes are killed and stopped under a load',
  faults: 'seeded worlds where everything breaks, around the real scheduler and agent',
  scavenger: 'how soon a scavenger is gone when others want its cores',
  kills: 'a scheduler killed a thousand times under a stream of submits: lost, doubled',
  flood: 'one user sends thousands of requests a second: what others notice',
  broker: 'a killed broker that comes back: until everything is as before',
  restart: 'a killed scheduler with a long queue: until it answers, until a job starts',
  fuzz: 'inputs that are nearly right, for everything that reads what others wrote',
  matrix: 'every collective, type, operator and size against a serial reference',
  properties: 'random steps of the planner against a reference, a million of them',
  replay: 'a recorded workload through the simulator',
  policies: 'every policy on recorded workloads, beside known figures and against EASY',
};

type Bench = (argv: string[]) => Promise<unknown>;

/** Undefined when this build has no such file. */
async function findBench(name: string): Promise<Bench | undefined> {
  try {
    const module: unknown = await import(`./${name}.ts`);
    const hasRun = typeof module === 'object' && module !== null && 'run' in module;
    const run = hasRun ? module.run : undefined;
    return typeof run === 'function' ? async (argv) => run(argv) : undefined;
  } catch (error) {
    if (
      error instanceof Error &&
      /Module not found in bundle|Cannot find module/.test(error.message)
    )
      return undefined;
    throw error;
  }
}

async function usage(): Promise<string> {
  const lines = ['usage: npm run bench -- NAME [options] [--json]', ''];
  for (const [name, what] of Object.entries(BENCHES))
    if (await findBench(name)) lines.push(`  ${name.padEnd(12)} ${what}`);
  return `${lines.join('\n')}\n`;
}

async function main(): Promise<number> {
  const [name, ...argv] = process.argv.slice(2);
  if (name === undefined || name === '--help' || name === 'help') {
    process.stdout.write(await usage());
    return name === undefined ? 2 : 0;
  }
  const bench = Object.hasOwn(BENCHES, name) ? await findBench(name) : undefined;
  if (bench && argv.includes('--help')) {
    process.stdout.write(`${name}: ${BENCHES[name]}\nOptions: at the head of bench/${name}.ts\n`);
    return 0;
  }
  if (!bench) {
    process.stderr.write(`bench: there is no '${name}'\n${await usage()}`);
    return 2;
  }
  try {
    const result = await bench(argv.filter((argument) => argument !== '--json'));
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return 0;
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') {
      process.stderr.write(`bench ${name}: interrupted\n`);
      return 130;
    }
    if (!(error instanceof RangeError)) throw error;
    process.stderr.write(`bench ${name}: ${error.message}\n`);
    return 2;
  }
}

const code = await main();
if (code !== 0) process.exitCode = code;
