/**
 * The text of nats.conf. Contract: allow-lists only; a key may publish under its own token and read
 * its own inbox. Files live in a second account: JetStream delivers to any subject a client names,
 * so within one account a user could have stored bytes delivered as an order to a node.
 * Source: reliability.md 4; checked against nats-server 2.9.10 in test/proto/permissions.test.ts.
 */
import { BLOB_CHUNKS, BLOB_INDEX, BLOB_READ, BLOB_STREAM } from './blobSubjects.ts';
import { MAX_MESSAGE_BYTES } from './codec.ts';
import type { PublicKeys } from './keys.ts';
import { ALL_REPORTS, ALL_USER_REQUESTS, inboxPrefix, type Principal } from './subjects.ts';

export type BrokerMember = { readonly principal: Principal; readonly keys: PublicKeys };

export type BrokerSettings = {
  readonly members: readonly BrokerMember[];
  /** Address to listen on, and its port; -1 lets the system choose one. */
  readonly host: string;
  readonly port: number;
  /** The server writes `nats-server_<pid>.ports` here. */
  readonly portsFolder: string;
  readonly jetStreamFolder: string;
  readonly logFile: string;
};

type Rights = { readonly publish: readonly string[]; readonly subscribe: readonly string[] };

/** What a principal may say and hear on the control account. */
export function controlRights(principal: Principal): Rights {
  const inbox = `${inboxPrefix(principal)}.>`;
  const { kind, name } = principal;
  if (kind === 'user')
    return {
      publish: [`pi.v1.user.${name}.*`],
      subscribe: [inbox, `pi.v1.output.${name}.*.*`, `pi.v1.feed.${name}.*`],
    };
  if (kind === 'node')
    return {
      publish: [`pi.v1.node.${name}.report`, 'pi.v1.output.*.*.*', '_INBOX.scheduler.>'],
      subscribe: [inbox, `pi.v1.order.${name}.*`],
    };
  return {
    publish: ['pi.v1.order.*.*', 'pi.v1.feed.*.*', '_INBOX.user.>', '_INBOX.node.>'],
    subscribe: [inbox, ALL_USER_REQUESTS, ALL_REPORTS],
  };
}

/** On the files account: store and read blobs; only the scheduler may make the store. */
export function filesRights(principal: Principal): Rights {
  const own = [`${BLOB_CHUNKS}.*.*`, `${BLOB_INDEX}.*`, `${BLOB_READ}.>`];
  const administer = [
    `$JS.API.STREAM.CREATE.${BLOB_STREAM}`,
    `$JS.API.STREAM.UPDATE.${BLOB_STREAM}`,
    `$JS.API.STREAM.INFO.${BLOB_STREAM}`,
    `$JS.API.STREAM.PURGE.${BLOB_STREAM}`,
  ];
  return {
    publish: principal.kind === 'scheduler' ? [...own, ...administer] : own,
    subscribe: [`${inboxPrefix(principal)}.>`],
  };
}

export function brokerConfig(settings: BrokerSettings): string {
  const { members } = settings;
  return `# Written by 'pibatch up'; changes are lost.
server_name: pibatch
listen: ${quoted(`${settings.host}:${settings.port}`)}
http: "127.0.0.1:-1"
ports_file_dir: ${quoted(settings.portsFolder)}
log_file: ${quoted(settings.logFile)}
logfile_size_limit: 4MB
max_payload: ${MAX_MESSAGE_BYTES}
max_subscriptions: 64
write_deadline: "10s"
ping_interval: "20s"
jetstream: { store_dir: ${quoted(settings.jetStreamFolder)} }
accounts: {
  CONTROL: { users: [
${members.map(({ principal, keys }) => user(keys.control, controlRights(principal))).join('\n')}
  ] }
  FILES: { jetstream: enabled, users: [
${members.map(({ principal, keys }) => user(keys.files, filesRights(principal))).join('\n')}
  ] }
}
`;
}

function user(key: string, rights: Rights): string {
  const list = (subjects: readonly string[]): string => subjects.map(quoted).join(', ');
  return `    { nkey: ${key}, permissions: { publish: { allow: [${list(rights.publish)}] }, subscribe: { allow: [${list(rights.subscribe)}] } } }`;
}

/** nats.conf strings take the escapes of JSON. */
const quoted = (value: string): string => JSON.stringify(value);
