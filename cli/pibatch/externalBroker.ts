/**
 * `$NATS_URL`: a broker of the user's own. What it must allow is docs/external-broker.md's matter;
 * here it is only read and named without its password.
 */
import { badInput } from '../failure.ts';

/** Throws a CommandFailure for something that is not a nats:// or tls:// address. */
export function externalBroker(environment: NodeJS.ProcessEnv): string | undefined {
  const given = environment['NATS_URL'];
  if (given === undefined || given === '') return undefined;
  const text = given.includes('://') ? given : `nats://${given}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^(nats|tls):$/.test(url.protocol) || url.hostname === '')
    throw badInput(`NATS_URL is '${given}': write nats://HOST:PORT or tls://HOST:PORT`);
  return text;
}

export const withoutPassword = (url: string): string => url.replace(/\/\/[^@/]*@/, '//');
