import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { build, type Plugin } from 'esbuild';
import { openDataPlane } from '../../collectives/dataPlane.ts';
import type { DataPlane } from '../../collectives/wiring.ts';

/**
 * Runs a shipped kernel as a job host does, without a cluster: bundled by esbuild, one worker
 * thread per rank, the real data plane, two parts on loopback when there are two ranks or more.
 */
export type KernelRun = {
  readonly example: string;
  readonly ranks: number;
  readonly params?: unknown;
  readonly environment?: Readonly<Record<string, string>>;
  /** Plants a fault: in `file` of the example, `text` becomes `by`. */
  readonly fault?: { readonly file: string; readonly text: string; readonly by: string };
};

export type RankEnd =
  | { readonly kind: 'returned'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly failure: string };

const root = join(import.meta.dirname, '../..');

export async function runKernel(run: KernelRun): Promise<RankEnd[]> {
  const folder = mkdtempSync(join(tmpdir(), 'pibatch-example-'));
  const planes: DataPlane[] = [];
  try {
    const kernelPath = await bundle(`examples/${run.example}/kernel.ts`, folder, run.fault);
    const threadPath = await bundle('test/examples/rankThread.ts', folder, undefined);
    const partOfRank = Array.from({ length: run.ranks }, (_, rank) => (rank === 0 ? 0 : 1));
    planes.push(...(await openParts(partOfRank)));
    return await Promise.all(
      partOfRank.map((part, rank) => {
        const plane = planes[part];
        if (!plane) throw new Error(`no part ${part}`);
        return runRank({ plane, rank, threadPath, kernelPath, run });
      }),
    );
  } finally {
    await Promise.all(planes.map((plane) => plane.close()));
    rmSync(folder, { recursive: true });
  }
}

async function openParts(partOfRank: readonly number[]): Promise<DataPlane[]> {
  const secret = randomBytes(32);
  const parts = [...new Set(partOfRank)];
  const weights = partOfRank.map((part) => (part === 0 ? 1 : 0.75));
  const planes = await Promise.all(
    parts.map((part) =>
      openDataPlane({
        attempt: '1.1',
        part,
        partOfRank,
        weights,
        secret,
        listenHost: '127.0.0.1',
      }),
    ),
  );
  const addresses = planes.flatMap(({ address }) => (address ? [address] : []));
  await Promise.all(planes.map((plane) => plane.connect(addresses)));
  return planes;
}

type RankRun = {
  readonly plane: DataPlane;
  readonly rank: number;
  readonly threadPath: string;
  readonly kernelPath: string;
  readonly run: KernelRun;
};

function runRank({ plane, rank, threadPath, kernelPath, run }: RankRun): Promise<RankEnd> {
  const worker = new Worker(threadPath, {
    workerData: { wiring: plane.wiringOf(rank), kernelPath, params: run.params },
    env: { PIBATCH_NODE: `node${rank + 1}`, ...run.environment },
    stdout: true,
  });
  plane.attach(rank, worker);
  return new Promise((done) => {
    let end: RankEnd = { kind: 'failed', failure: 'left without a word' };
    worker.on('message', (message: RankEnd) => {
      end = message;
      plane.rankLeft(rank, message.kind === 'failed' ? message.failure : undefined);
      void worker.terminate();
    });
    worker.on('error', (error) => {
      end = { kind: 'failed', failure: String(error) };
    });
    worker.on('exit', () => done(end));
  });
}

async function bundle(file: string, folder: string, fault: KernelRun['fault']): Promise<string> {
  const outfile = join(folder, basename(file).replace('.ts', '.mjs'));
  await build({
    absWorkingDir: root,
    entryPoints: [file],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'silent',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    plugins: fault ? [planting(fault)] : [],
  });
  return outfile;
}

function planting({ file, text, by }: NonNullable<KernelRun['fault']>): Plugin {
  return {
    name: 'fault',
    setup({ onLoad }) {
      onLoad({ filter: new RegExp(`${file.replaceAll('.', '\\.')}$`) }, ({ path }) => {
        const source = readFileSync(path, 'utf8');
        if (!source.includes(text)) throw new Error(`${file} does not hold "${text}"`);
        return { contents: source.replace(text, by), loader: 'ts' };
      });
    },
  };
}
