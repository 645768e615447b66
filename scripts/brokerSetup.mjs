/** A nats-server: the user's own, one that is installed, or the distribution's. */
import { accessSync, constants, existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const INSTALL_WAIT_MS = 10 * 60_000;

/** Where it is; undefined when there is none. */
export function findBroker(environment = process.env) {
  const named = environment.NATS_SERVER_BIN;
  if (named) return isExecutable(named) ? named : undefined;
  const folders = [...(environment.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/bin'];
  return folders
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, 'nats-server'))
    .find(isExecutable);
}

/** Returns a sentence about what it found or did; throws with the cure when there is none. */
export function ensureBroker(tell) {
  if (process.env.NATS_URL) return `broker: $NATS_URL (${withoutPassword(process.env.NATS_URL)})`;
  if (process.env.NATS_SERVER_BIN && !findBroker())
    throw new Error(`NATS_SERVER_BIN is '${process.env.NATS_SERVER_BIN}', which is not a program`);
  const found = findBroker();
  if (found) return `broker: ${found}`;
  const root = becomeRoot();
  if (!root || !existsSync('/usr/bin/apt-get'))
    throw new Error(
      'no nats-server was found: install it (sudo apt-get install nats-server) and try again, ' +
        'or set NATS_SERVER_BIN to the program or NATS_URL to a running server',
    );
  tell('nats-server is missing: installing it from the distribution (apt-get) ...');
  apt(root, ['update'], tell);
  apt(root, ['install', '-y', '--no-install-recommends', 'nats-server'], tell);
  const installed = findBroker();
  if (!installed) throw new Error('apt-get installed nats-server, but the program is not there');
  const service = stopService(root, tell);
  return `broker: ${installed} (installed now${service})`;
}

/** The words to put before a command that needs root; undefined when we may not. */
function becomeRoot() {
  if (process.getuid?.() === 0) return [];
  const { status } = spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' });
  return status === 0 ? ['sudo', '-n'] : undefined;
}

function run(root, command, args, options) {
  const [program, ...rest] = [...root, command, ...args];
  return spawnSync(program, rest, { timeout: INSTALL_WAIT_MS, ...options });
}

function apt(root, args, tell) {
  const full = ['-q', '-o', 'DPkg::Lock::Timeout=120', ...args];
  const words = [...root.slice(0, 1), 'apt-get', ...args].join(' ');
  tell(`  ${words}`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, stderr, stdout } = run(root, 'apt-get', full, {
    env: environment,
    encoding: 'utf8',
  });
  if (status === 0) return;
  const lines = `${stdout ?? ''}${stderr ?? ''}`.trimEnd().split('\n').slice(-8);
  throw new Error(`'${words}' failed:\n${lines.join('\n')}`);
}

/** The package starts a server of its own on port 4222; nobody asked for that. */
function stopService(root, tell) {
  if (!existsSync('/run/systemd/system')) return '';
  const { status } = run(root, 'systemctl', ['disable', '--now', 'nats-server'], {
    stdio: 'ignore',
  });
  if (status !== 0) {
    tell("  the package's own nats-server service could not be stopped; it does no harm");
    return '';
  }
  return "; the package's own service was stopped and disabled";
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const withoutPassword = (url) => url.replace(/\/\/[^@/]*@/, '//');
