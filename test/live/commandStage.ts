import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { type Finished, type LiveCluster, type RunOptions, startCluster } from './cluster.ts';

/** A folder and a cluster of two nodes, pi1 and pi2, and commands typed in that folder. */
export class CommandStage {
  private started: LiveCluster | undefined;
  private at = '';

  /** Begins before the tests of the file and ends after them. The nodes have two cores unless given. */
  constructor(cores: readonly number[] = [0, 1]) {
    beforeAll(async () => {
      this.at = mkdtempSync(join(tmpdir(), 'pibatch-commands-'));
      this.started = await startCluster({
        nodes: [
          { name: 'pi1', cores },
          { name: 'pi2', cores },
        ],
      });
    }, 120_000);
    afterAll(async () => {
      await this.started?.stop();
      rmSync(this.at, { recursive: true, force: true });
    });
  }

  get cluster(): LiveCluster {
    if (!this.started) throw new Error('the cluster runs during tests only');
    return this.started;
  }

  get folder(): string {
    return this.at;
  }

  /** Returns the name, for the command line. */
  write(name: string, text: string): string {
    const path = join(this.at, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return name;
  }

  runWith(options: RunOptions, command: string, ...args: readonly string[]): Promise<Finished> {
    return this.cluster.run(command, args, { cwd: this.at, ...options });
  }

  run(command: string, ...args: readonly string[]): Promise<Finished> {
    return this.runWith({}, command, ...args);
  }

  async json(command: string, ...args: readonly string[]): Promise<unknown> {
    const { stdout, stderr, code } = await this.run(command, ...args);
    try {
      return JSON.parse(stdout);
    } catch {
      throw new Error(`${command} ended with ${code} and printed no JSON: ${stdout}${stderr}`);
    }
  }

  /** The id of a job that was submitted without a word on stderr. */
  async submitted(...args: readonly string[]): Promise<string> {
    const { stdout, stderr } = await this.run('pisub', '--parsable', ...args);
    expect(stderr).toBe('');
    return stdout.trim();
  }
}

/** A member of what a command printed as JSON, as text. */
export const member = (value: unknown, name: string): string =>
  String(Reflect.get(Object(value), name));
