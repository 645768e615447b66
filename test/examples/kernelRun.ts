import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { bundleKernel } from '../../cli/jobFile/bundle.ts';
import { openDataPlane } from '../../collectives/dataPlane.ts';
import type { DataPlane } from '../../collectives/wiring.ts';

/**
 * Runs a shipped kernel as a job host does, without a cluster: bundled as pisub does it, one worker
 * thread per rank, the real data plane, two parts on loopback when there are two ranks or more.
 */
export type KernelRun = {
  readonly example: string;
  readonly ranks: number;
  readonly params?: unknown;
  readonly environment?: Readonly<Record<string, string>>;
  /** Plants a fault: in `file` of the example, `text` becomes `by`. */
  readonly fault?: Fault;
};

export type Fault = { readonly file: string; readonly text: string; readonly by: string };

export type RankEnd =
  | { readonly kind: 'returned'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly failure: string };

const root = join(import.meta.dirname, '../..');

export async function runKernel(run: KernelRun): Promise<RankEnd[]> {
  const folder = mkdtempSync(join(tmpdir(), 'pibatch-example-'));
  const planes: DataPlane[] = [];
  try {
    const kernelPath = await shipKernel(run, folder);
    const threadPath = await bundleThread(folder);
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

/** The kernel as pisub would ship it; a fault is planted in a copy of the examples. */
async function shipKernel({ example, fault }: KernelRun, folder: string): Promise<string> {
  const examples = fault ? join(folder, 'examples') : join(root, 'examples');
  if (fault) {
    cpSync(join(root, 'examples'), examples, { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    plant(join(examples, example, fault.file), fault);
  }
  const { code } = await bundleKernel({ file: 'kernel.ts', folder: join(examples, example) });
  const path = join(folder, 'kernel.mjs');
  writeFileSync(path, code);
  return path;
}

function plant(path: string, { file, text, by }: Fault): void {
  const source = readFileSync(path, 'utf8');
  if (!source.includes(text)) throw new Error(`${file} does not hold "${text}"`);
  writeFileSync(path, source.replace(text, by));
}

async function bundleThread(folder: string): Promise<string> {
  const outfile = join(folder, 'rankThread.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'rankThread.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
  });
  return outfile;
}
