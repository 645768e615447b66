import { connect, headers, type NatsConnection, nkeyAuthenticator } from 'nats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BLOB_READ, BLOB_STREAM, chunkSubject } from '../../proto/blobSubjects.ts';
import { accountSeed } from '../../proto/keys.ts';
import { orderSubject } from '../../proto/subjects.ts';
import { TestBroker } from './broker.ts';

/** Attacks with a bare client, as a user who has a key but not our manners. */
const broker = new TestBroker();
let alice: NatsConnection;
const NOBODY = '1'.repeat(64);

beforeAll(async () => {
  await broker.start();
  await (await broker.connect('scheduler')).prepareBlobs();
  const { servers, seed } = broker.connection('alice');
  alice = await connect({
    servers: [...servers],
    inboxPrefix: '_INBOX.user.alice',
    authenticator: nkeyAuthenticator(Buffer.from(accountSeed(seed, 'files'))),
  });
});
afterAll(async () => {
  await alice.close();
  await broker.stop();
});

describe('the files account gives users put and get, and nothing else', () => {
  test.each([
    `$JS.API.STREAM.DELETE.${BLOB_STREAM}`,
    `$JS.API.STREAM.PURGE.${BLOB_STREAM}`,
    `$JS.API.STREAM.MSG.DELETE.${BLOB_STREAM}`,
    `$JS.API.STREAM.UPDATE.${BLOB_STREAM}`,
    `$JS.API.CONSUMER.CREATE.${BLOB_STREAM}`,
    '$JS.API.STREAM.CREATE.MINE',
    '$JS.API.STREAM.LIST',
    '$JS.API.INFO',
    'pi.v1.order.n1.launch',
  ])('%s is refused', async (subject) => {
    await expect(alice.request(subject, '{}', { timeout: 2000 })).rejects.toMatchObject({
      code: 'PERMISSIONS_VIOLATION',
    });
  });

  test('what is stored cannot be replaced', async () => {
    const victim = await broker.connect('bob');
    const sha256 = await victim.putBlob(Buffer.from('mine'));
    const overwrite = await alice.request(chunkSubject(sha256, 0), 'yours', { timeout: 2000 });
    expect(overwrite.json()).toMatchObject({ error: { err_code: 10077 } });
    const rollup = headers();
    rollup.set('Nats-Rollup', 'all');
    const purge = await alice.request(chunkSubject(sha256, 1), '', {
      timeout: 2000,
      headers: rollup,
    });
    expect(purge.json()).toHaveProperty('error');
    expect(Buffer.from(await victim.getBlob(sha256)).toString()).toBe('mine');
  });

  test('JetStream cannot be made to speak for the attacker', async () => {
    const node = await broker.connect('n1');
    const orders: string[] = [];
    node.subscribe('pi.v1.order.n1.*', (message) => orders.push(message.subject));
    const stored = chunkSubject(NOBODY, 0);
    await alice.request(stored, '', { timeout: 2000 });
    await alice.request(chunkSubject(NOBODY, 1), '{}', { timeout: 2000 });
    for (const chunk of [0, 1])
      for (const reply of [
        orderSubject('n1', 'launch'),
        `$JS.API.STREAM.DELETE.${BLOB_STREAM}`,
        `$JS.API.STREAM.PURGE.${BLOB_STREAM}`,
        `$JS.API.CONSUMER.CREATE.${BLOB_STREAM}`,
      ])
        alice.publish(`${BLOB_READ}.${chunkSubject(NOBODY, chunk)}`, '', { reply });
    // The acknowledgement of a put is JSON: as good as a purge request, were it delivered there.
    for (const verb of ['PURGE', 'DELETE'])
      alice.publish(chunkSubject(NOBODY, 2), 'x', {
        reply: `$JS.API.STREAM.${verb}.${BLOB_STREAM}`,
      });
    await alice.flush();
    const again = await alice.request(`${BLOB_READ}.${stored}`, '', { timeout: 2000 });
    expect(again.headers?.code ?? 0).toBe(0);
    expect(orders).toEqual([]);
  });
});
