import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type Bus, connectBus } from '../../proto/bus.ts';
import { readConnection } from '../../proto/connection.ts';
import { Asker } from '../scheduler/live/stage.ts';
import { type ClusterOptions, type LiveCluster, startCluster } from './cluster.ts';

/** A fresh cluster, a user and a folder for every test; jobs leave lines there as witnesses. */
export class WitnessStage {
  private at = '';
  private running: LiveCluster | undefined;
  private bus: Bus | undefined;

  constructor(options: ClusterOptions) {
    beforeEach(async () => {
      this.at = mkdtempSync(join(tmpdir(), 'pibatch-witness-'));
      this.running = await startCluster(options);
      this.bus = await connectBus({
        connection: readConnection(this.running.connectionPath),
        name: 'test',
        waitForBroker: true,
        onTrouble: () => undefined,
      });
    });
    afterEach(async () => {
      await this.bus?.close();
      await this.running?.stop();
      rmSync(this.at, { recursive: true, force: true });
    });
  }

  get cluster(): LiveCluster {
    if (!this.running) throw new Error('the cluster runs during tests only');
    return this.running;
  }

  get user(): Asker {
    if (!this.bus) throw new Error('the user is there during tests only');
    return new Asker(this.bus, this.cluster.user);
  }

  get folder(): string {
    return this.at;
  }

  /** Of all jobs so far. */
  lines(): readonly string[] {
    try {
      return readFileSync(join(this.at, 'lines'), 'utf8').split('\n').filter(Boolean);
    } catch {
      return [];
    }
  }
}
