/**
 * The text of nats.conf. Contract: allow-lists only; a key may publish under its own token and read
 * its own inbox. A request names any subject for its answer and the server's own services obey, so
 * whoever may ask JetStream in its own account may also purge it, and could have stored bytes
 * delivered as an order. Hence three accounts: orders and reports (CONTROL), users of files (FILES,
 * which can only call the exported put and get), and JetStream itself (STORE).
 * Source: docs/protocol.md; the attacks are in test/proto/filesRights.test.ts (nats-server 2.9.10).
 */
import { BLOB_CHUNKS, BLOB_INDEX, BLOB_READ, BLOB_STREAM } from './blobSubjects.ts';
import { MAX_MESSAGE_BYTES } from './codec.ts';
import type { AccountName, PublicKeys } from './keys.ts';
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

/** Services of the store which the files account may call. */
const PUT_AND_GET = [`${BLOB_CHUNKS}.*.*`, `${BLOB_INDEX}.*`, `${BLOB_READ}.>`] as const;

export const filesRights = (principal: Principal): Rights => ({
  publish: PUT_AND_GET,
  subscribe: [`${inboxPrefix(principal)}.>`],
});

/** JetStream itself: for the scheduler, to make and to clear the bucket. */
const storeRights = (principal: Principal): Rights => ({
  publish: ['CREATE', 'UPDATE', 'INFO', 'PURGE'].map(
    (verb) => `$JS.API.STREAM.${verb}.${BLOB_STREAM}`,
  ),
  subscribe: [`${inboxPrefix(principal)}.>`],
});

export function brokerConfig(settings: BrokerSettings): string {
  const { members } = settings;
  return `# Written by 'pibatch up'; changes are lost.
server_name: pibatch
listen: ${quoted(`${settings.host}:${settings.port}`)}
http: "127.0.0.1:-1"
ports_file_dir: ${quoted(settings.portsFolder)}
log_file: ${quoted(settings.logFile)}
logfile_size_limit: 4MB
authorization: { timeout: 20 }
max_payload: ${MAX_MESSAGE_BYTES}
max_subscriptions: 64
write_deadline: "10s"
ping_interval: "20s"
jetstream: { store_dir: ${quoted(settings.jetStreamFolder)} }
accounts: {
  CONTROL: { users: [
${users(members, 'control', controlRights)}
  ] }
  FILES: {
    imports: [
${PUT_AND_GET.map((subject) => `      { service: { account: STORE, subject: ${quoted(subject)} } }`).join('\n')}
    ]
    users: [
${users(members, 'files', filesRights)}
    ]
  }
  STORE: {
    jetstream: enabled
    exports: [
${PUT_AND_GET.map((subject) => `      { service: ${quoted(subject)}, accounts: [FILES] }`).join('\n')}
    ]
    users: [
${users(
  members.filter(({ principal }) => principal.kind === 'scheduler'),
  'store',
  storeRights,
)}
    ]
  }
}
`;
}

function users(
  members: readonly BrokerMember[],
  account: AccountName,
  rights: (principal: Principal) => Rights,
): string {
  return members.map(({ principal, keys }) => user(keys[account], rights(principal))).join('\n');
}

function user(key: string, rights: Rights): string {
  const list = (subjects: readonly string[]): string => subjects.map(quoted).join(', ');
  return `    { nkey: ${key}, permissions: { publish: { allow: [${list(rights.publish)}] }, subscribe: { allow: [${list(rights.subscribe)}] } } }`;
}

/** nats.conf strings take the escapes of JSON. */
const quoted = (value: string): string => JSON.stringify(value);
