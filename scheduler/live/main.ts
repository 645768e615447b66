import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { destination, pino } from 'pino';
import { ConnectionError, readConnection } from '../../proto/connection.ts';
import { JournalError } from './journalError.ts';
import { AlreadyRunningError, claimPidFile, releasePidFile } from '../../proto/pidFile.ts';
import { startScheduler } from './scheduler.ts';
import { SettingsError } from './configuration/settingsError.ts';
import { readSettings } from './settings.ts';

/**
 * pischedd: `main.js --home DIR`. DIR holds connection.json, cluster.yaml (settings), the journal
 * pibatch.db and scheduler.pid; the log goes to stderr, as JSON lines. SIGTERM and SIGINT end it
 * cleanly; jobs keep running. SIGHUP makes it read cluster.yaml again. Exit codes: 0 asked to end, 1 failed while running, 2 could not start as configured.
 */
const USAGE = 'usage: main.js --home DIR\n';

async function main(): Promise<void> {
  const home = homeFromArguments();
  if (home === undefined) {
    process.stderr.write(USAGE);
    process.exitCode = 2;
    return;
  }
  try {
    await serve(home);
  } catch (error) {
    if (!isConfigurationError(error)) throw error;
    process.stderr.write(`pischedd: ${error.message}\n`);
    process.exitCode = 2;
  }
}

async function serve(home: string): Promise<void> {
  mkdirSync(home, { recursive: true });
  const connection = readConnection(join(home, 'connection.json'));
  const settings = readSettings(home);
  const pidFile = join(home, 'scheduler.pid');
  claimPidFile(pidFile, 'a scheduler');
  const log = pino({ base: null }, destination({ fd: 2, sync: true }));
  const onFatal = (error: unknown): void => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    log.fatal({ error: text }, 'the scheduler ends; start it again to recover');
    process.stderr.write(`pischedd: ${text}\n`);
    process.exit(1);
  };
  process.on('uncaughtException', onFatal);
  process.on('unhandledRejection', onFatal);
  try {
    const scheduler = await startScheduler({ home, connection, settings, log, onFatal });
    let ending = false;
    const end = (signal: string): void => {
      if (ending) return;
      ending = true;
      log.info({ signal }, 'ending');
      scheduler.close().then(() => {
        releasePidFile(pidFile);
        log.info('ended');
        process.exit(0);
      }, onFatal);
    };
    process.on('SIGTERM', end);
    process.on('SIGINT', end);
    process.on('SIGHUP', () => scheduler.reconfigure());
  } catch (error) {
    log.fatal({ error: String(error) }, 'could not start');
    releasePidFile(pidFile);
    throw error;
  }
}

function homeFromArguments(): string | undefined {
  try {
    return parseArgs({ options: { home: { type: 'string' } } }).values.home;
  } catch {
    return undefined;
  }
}

const isConfigurationError = (error: unknown): error is Error =>
  error instanceof ConnectionError ||
  error instanceof SettingsError ||
  error instanceof JournalError ||
  error instanceof AlreadyRunningError;

await main();
