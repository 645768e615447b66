import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServiceCall } from '../../proto/bus.ts';
import {
  BadMessageError,
  BrokerUnreachableError,
  BusClosedError,
  BusForbiddenError,
  BusTimeoutError,
  MessageTooLargeError,
  NoSuchServiceError,
} from '../../proto/busError.ts';
import { decodeMessage, MAX_MESSAGE_BYTES, pibatch } from '../../proto/codec.ts';
import { createSeed } from '../../proto/keys.ts';
import { connectBus } from '../../proto/bus.ts';
import { ALL_USER_REQUESTS, orderSubject, userSubject } from '../../proto/subjects.ts';
import { TestBroker } from './broker.ts';

const broker = new TestBroker();
beforeAll(() => broker.start());
afterAll(() => broker.stop());

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const bytes = (value: string): Uint8Array => Buffer.from(value, 'utf8');
const once = { deadlineMs: 10_000, retry: false };
const again = { deadlineMs: 20_000, retry: true };

describe('requests', () => {
  test('are answered', async () => {
    const scheduler = await broker.connect('scheduler');
    const alice = await broker.connect('alice');
    const service = scheduler.serve('pi.v1.user.*.jobs', (call) =>
      call.reply(bytes(`${call.subject} ${text(call.data)}`)),
    );
    const answer = await alice.request(userSubject('alice', 'jobs'), bytes('ñ'), again);
    expect(text(answer)).toBe('pi.v1.user.alice.jobs ñ');
    service.close();
  });

  test('without a service end with NoSuchServiceError, at once or when told', async () => {
    const alice = await broker.connect('alice');
    const subject = userSubject('alice', 'nodes');
    await expect(alice.request(subject, bytes(''), once)).rejects.toThrow(NoSuchServiceError);
    const patient = { deadlineMs: 60_000, retry: true, absenceMs: 300 };
    await expect(alice.request(subject, bytes(''), patient)).rejects.toThrow(NoSuchServiceError);
  });

  test('are sent again when the first is not answered', async () => {
    const scheduler = await broker.connect('scheduler');
    const alice = await broker.connect('alice');
    let calls = 0;
    const service = scheduler.serve('pi.v1.user.*.hold', (call) => {
      calls += 1;
      if (calls >= 3 && call.data.length === 0) call.reply(bytes('third'));
    });
    const subject = userSubject('alice', 'hold');
    const answer = await alice.request(subject, bytes(''), { ...again, attemptMs: 150 });
    expect(text(answer)).toBe('third');
    const silent = { deadlineMs: 60, retry: false };
    await expect(alice.request(subject, bytes('never answered'), silent)).rejects.toThrow(
      BusTimeoutError,
    );
    service.close();
  });

  test('and their answers have a limit', async () => {
    const alice = await broker.connect('alice');
    const large = new Uint8Array(MAX_MESSAGE_BYTES + 1);
    await expect(alice.request(userSubject('alice', 'jobs'), large, once)).rejects.toThrow(
      MessageTooLargeError,
    );
    expect(() => alice.publish('pi.v1.user.alice.jobs', large)).toThrow(MessageTooLargeError);
  });

  test('end when the bus is closed', async () => {
    const alice = await broker.connect('alice');
    const waiting = alice.request(userSubject('alice', 'nodes'), bytes(''), again);
    const ended = expect(waiting).rejects.toThrow(BusClosedError);
    await alice.close();
    await ended;
    await expect(alice.request('pi.v1.user.alice.jobs', bytes(''), once)).rejects.toThrow(
      BusClosedError,
    );
  });
});

describe('the subject is the principal', () => {
  test('nobody speaks as another user, as a node or as the scheduler', async () => {
    const alice = await broker.connect('alice');
    const spoofs = [
      userSubject('bob', 'cancel'),
      'pi.v1.node.n1.report',
      orderSubject('n1', 'launch'),
      '$JS.API.STREAM.NAMES',
      '$SYS.REQ.SERVER.PING',
    ];
    for (const subject of spoofs)
      await expect(alice.request(subject, bytes(''), again)).rejects.toThrow(BusForbiddenError);
  });

  test('a node reports for itself only and orders nobody', async () => {
    const node = await broker.connect('n1');
    for (const subject of ['pi.v1.node.n2.report', orderSubject('n2', 'end'), 'pi.v1.feed.bob.1'])
      await expect(node.request(subject, bytes(''), again)).rejects.toThrow(BusForbiddenError);
  });

  test("nobody reads another's inbox, output or orders", async () => {
    const alice = await broker.connect('alice');
    const before = broker.troubles.length;
    for (const subject of ['_INBOX.>', 'pi.v1.output.bob.*.*', 'pi.v1.order.n1.*', '>'])
      alice.subscribe(subject, () => undefined);
    await expect
      .poll(() => broker.troubles.slice(before).map(({ kind }) => kind))
      .toEqual(Array.from({ length: 4 }, () => 'forbidden'));
  });

  test('an answer goes only into the own inbox of who asked', async () => {
    const scheduler = await broker.connect('scheduler');
    const node = await broker.connect('n1');
    const orders: string[] = [];
    node.subscribe('pi.v1.order.n1.*', (message) => orders.push(text(message.data)));
    let calls = 0;
    const service = scheduler.serve(ALL_USER_REQUESTS, (call) => {
      calls += 1;
      call.reply(call.data);
    });
    const before = broker.troubles.length;
    await broker.publishWithReply(
      'alice',
      userSubject('alice', 'jobs'),
      orderSubject('n1', 'launch'),
    );
    await broker.publishWithReply('alice', userSubject('alice', 'jobs'), '_INBOX.user.bob.x');
    await broker.publishWithReply('alice', userSubject('alice', 'jobs'), '_INBOX.user.alicex.x');
    await expect
      .poll(() => broker.troubles.slice(before).map(({ kind }) => kind))
      .toEqual(['forgedReply', 'forgedReply', 'forgedReply']);
    expect([calls, orders]).toEqual([0, []]);
    service.close();
  });

  test('a key which the broker does not know is refused, and told while waiting', async () => {
    const connection = { ...broker.connection('alice'), seed: createSeed() };
    const troubles: string[] = [];
    const onTrouble = ({ kind }: { kind: string }) => troubles.push(kind);
    const options = { connection, name: 'stranger', onTrouble };
    await expect(connectBus({ ...options, waitForBroker: false })).rejects.toThrow(/this key/);
    const bus = await connectBus({ ...options, waitForBroker: true });
    await expect.poll(() => troubles).toContain('refused');
    await bus.close();
  });
});

describe('bad messages', () => {
  test('are told and do not end the service', async () => {
    const scheduler = await broker.connect('scheduler');
    const alice = await broker.connect('alice');
    const service = scheduler.serve('pi.v1.user.*.submit', (call: ServiceCall) => {
      const submit = decodeMessage(pibatch.Submit, call.data);
      call.reply(bytes(submit.requestId));
    });
    const subject = userSubject('alice', 'submit');
    // Else a request may come before the broker knows who serves it, and be told so.
    const good = pibatch.Submit.encode({ requestId: 'r' }).finish();
    expect(text(await alice.request(subject, good, again))).toBe('r');
    const before = broker.troubles.length;
    alice.publish(subject, Uint8Array.of(255, 255, 255));
    const hostile = { deadlineMs: 100, retry: false };
    await expect(alice.request(subject, Uint8Array.of(10, 99), hostile)).rejects.toThrow(
      BusTimeoutError,
    );
    await expect
      .poll(() => broker.troubles.slice(before).map(({ kind }) => kind))
      .toContain('badMessage');
    expect(text(await alice.request(subject, good, again))).toBe('r');
    service.close();
    expect(() => decodeMessage(pibatch.Submit, Uint8Array.of(10, 99))).toThrow(BadMessageError);
  });
});

describe('the broker goes and comes', () => {
  test('killed and restarted in mid-request: the request is answered', async () => {
    const scheduler = await broker.connect('scheduler');
    const alice = await broker.connect('alice');
    const calls: string[] = [];
    scheduler.serve('pi.v1.user.*.requeue', (call) => {
      calls.push(text(call.data));
      if (calls.length > 1) call.reply(bytes('done'));
    });
    const waiting = alice.request(userSubject('alice', 'requeue'), bytes('41'), again);
    await expect.poll(() => calls.length).toBe(1);
    broker.kill();
    await expect.poll(() => alice.isLinked).toBe(false);
    await broker.start();
    expect(text(await waiting)).toBe('done');
    expect(new Set(calls)).toEqual(new Set(['41']));
  });

  test('a request which is made while it is away is answered when it is back', async () => {
    const scheduler = await broker.connect('scheduler');
    const alice = await broker.connect('alice');
    scheduler.serve('pi.v1.user.*.cluster', (call) => call.reply(bytes('here')));
    broker.kill();
    await expect.poll(() => alice.isLinked).toBe(false);
    const waiting = alice.request(userSubject('alice', 'cluster'), bytes(''), again);
    const late = await broker.connect('bob', { waitForBroker: true });
    const lateWaiting = late.request(userSubject('bob', 'cluster'), bytes(''), again);
    await expect(broker.connect('bob')).rejects.toThrow(BrokerUnreachableError);
    await broker.start();
    expect(text(await waiting)).toBe('here');
    expect(text(await lateWaiting)).toBe('here');
  });
});
