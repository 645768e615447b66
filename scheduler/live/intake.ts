import type { Bus, BusSubscription, ServiceCall } from '../../proto/bus.ts';
import { decodeMessage, encodeMessage, pibatch } from '../../proto/codec.ts';
import {
  ALL_REPORTS,
  ALL_USER_REQUESTS,
  parseReportSubject,
  parseUserSubject,
} from '../../proto/subjects.ts';
import type { Settings } from '../model/cluster.ts';
import { nodeName, userName } from '../model/ids.ts';
import type { Principal } from '../model/input.ts';
import type { Refusal } from '../model/refusal.ts';
import { type Admission, type Admittance, queryCost } from './admission.ts';
import { RefusedError } from './fieldCheck.ts';
import type { FileKeeper } from './fileKeeper.ts';
import type { Loop, QuestionLane } from './loop.ts';
import { requestFiles } from './named.ts';
import { nodeReport } from './nodeReport.ts';
import type { ProgressBoard } from './progress.ts';
import { answerPrune, type PruneParts } from './pruneRequest.ts';
import { answerQuery, isQueryVerb, type QuerySources, type QueryVerb } from './query.ts';
import { refusalMessage, refusalReply } from './reply.ts';
import type { Tickets } from './tickets.ts';
import { type CommandVerb, userInput } from './userInput.ts';

export type IntakeParts = {
  /** For reports; users have a connection of their own, so that no flood stands before a report. */
  readonly bus: Pick<Bus, 'serve'>;
  readonly usersBus: Pick<Bus, 'serve'>;
  readonly loop: Loop;
  readonly admission: Admission;
  readonly tickets: Tickets;
  readonly progress: ProgressBoard;
  readonly generation: number;
  readonly queries: QuerySources;
  readonly pruning: PruneParts;
  readonly files: FileKeeper;
  /** Reads the configuration file again. Throws SettingsError. */
  readFile(): Settings;
  readonly onTrouble: (problem: string) => void;
};

/**
 * The door: messages -> inputs. Who speaks is what the broker proved in the subject, never a
 * field of the message. What does not pass the checks is refused here, and nothing changes.
 */
export function openIntake(parts: IntakeParts): { close(): void } {
  const subscriptions: BusSubscription[] = [
    parts.bus.serve(ALL_REPORTS, (call) => receiveReport(parts, call)),
    parts.usersBus.serve(ALL_USER_REQUESTS, (call) => receiveRequest(parts, call)),
  ];
  return { close: () => subscriptions.forEach((subscription) => subscription.close()) };
}

function receiveReport(parts: IntakeParts, call: ServiceCall): void {
  const from = parseReportSubject(call.subject);
  if (!from || parts.loop.isFull('report', from.node)) return;
  const { generation } = parts;
  try {
    const report = nodeReport(decodeMessage(pibatch.NodeReport, call.data));
    parts.progress.heard(report);
    const replyTo = parts.tickets.issue({ kind: 'node', send: call.reply });
    const node = nodeName(from.node);
    parts.loop.offer('report', from.node, { kind: 'nodeReported', replyTo, node, report });
  } catch (error) {
    const refusal = refusalOf(error);
    parts.onTrouble(`report of ${from.node}: ${JSON.stringify(refusal)}`);
    const answer = { generation, refusal: refusalMessage(refusal) };
    call.reply(encodeMessage(pibatch.ReportAnswer, answer));
  }
}

function receiveRequest(parts: IntakeParts, call: ServiceCall): void {
  const from = parseUserSubject(call.subject);
  if (!from) return;
  const by = principal(parts, from.user);
  const { verb } = from;
  if (verb === 'prune')
    answerBetweenBatches(parts, call, { by, admitted: parts.admission.query(by.user, 1) }, () =>
      answerPrune(parts.pruning, { by, data: call.data }),
    );
  else if (isQueryVerb(verb)) receiveQuery(parts, call, { by, verb });
  else receiveCommand(parts, call, { by, verb });
}

function principal({ queries }: IntakeParts, name: string): Principal {
  const { roles = {} } = queries.cluster.settings;
  const role = Object.hasOwn(roles, name) ? roles[name] : undefined;
  return { user: userName(name), role: role ?? 'user' };
}

function receiveCommand(
  parts: IntakeParts,
  call: ServiceCall,
  ask: { readonly by: Principal; readonly verb: CommandVerb },
): void {
  const { admission } = parts;
  const { user } = ask.by;
  const admitted = ask.verb === 'submit' ? admission.submit(user) : admission.command(user);
  if (admitted.kind === 'refused') call.reply(refusalReply(admitted.refusal));
  if (admitted.kind !== 'taken') return;
  const replyTo = parts.tickets.issue({ kind: 'user', send: call.reply });
  const refuse = (error: unknown): void => {
    parts.tickets.withdraw(replyTo);
    call.reply(refusalReply(refusalOf(error)));
  };
  try {
    const { readFile, queries } = parts;
    const configuration = { inForce: queries.cluster.settings, readFile };
    const input = userInput({ ...ask, replyTo, data: call.data }, configuration);
    if (input.kind === 'submit') admission.tasks(user, input.request.array?.indexes.length ?? 0);
    const offer = (): void => void parts.loop.offer(admitted.lane, user, input);
    const files = 'request' in input ? requestFiles(input.request) : [];
    const doubtful = parts.files.doubtful(files);
    parts.files.submitted(files);
    if (doubtful.length === 0) return offer();
    void checkFiles(parts, doubtful, { offer, refuse });
  } catch (error) {
    refuse(error);
  }
}

/** A submit that names files which were removed a moment ago. */
async function checkFiles(
  { files }: IntakeParts,
  doubtful: readonly string[],
  { offer, refuse }: { readonly offer: () => void; readonly refuse: (error: unknown) => void },
): Promise<void> {
  try {
    const missing = await files.missing(doubtful);
    if (missing.length > 0) throw new RefusedError({ code: 'filesGone', files: missing.length });
    offer();
  } catch (error) {
    refuse(error);
  }
}

function receiveQuery(
  parts: IntakeParts,
  call: ServiceCall,
  ask: { readonly by: Principal; readonly verb: QueryVerb },
): void {
  const { admission } = parts;
  const { user } = ask.by;
  const admitted = admission.query(user, queryCost(WHOLE_QUEUE.has(ask.verb)));
  // Nothing is read that may be dropped: what a list asks for is known when it is answered.
  const onWholeList = (): void => {
    if (admitted.kind === 'taken' && admitted.lane === 'query') admission.wholeList(user);
  };
  answerBetweenBatches(parts, call, { by: ask.by, admitted }, () =>
    answerQuery(parts.queries, { ...ask, data: call.data, onWholeList }),
  );
}

function answerBetweenBatches(
  parts: IntakeParts,
  call: ServiceCall,
  { by, admitted }: { readonly by: Principal; readonly admitted: Admittance<QuestionLane> },
  answer: () => Promise<Uint8Array>,
): void {
  if (admitted.kind === 'refused') call.reply(refusalReply(admitted.refusal));
  if (admitted.kind !== 'taken') return;
  parts.loop.ask(admitted.lane, by.user, () => {
    answer()
      .then(call.reply)
      .catch((error: unknown) => {
        try {
          call.reply(refusalReply(refusalOf(error)));
        } catch (bug) {
          parts.onTrouble(`${call.subject}: ${String(bug)}`);
        }
      });
  });
}

const WHOLE_QUEUE: ReadonlySet<QueryVerb> = new Set<QueryVerb>([
  'usage',
  'priorities',
  'fairShare',
  'nodeLosses',
]);

/** Nothing has changed yet, so even a bug of ours that a message found ends only that message. */
function refusalOf(error: unknown): Refusal {
  if (error instanceof RefusedError) return error.refusal;
  return {
    code: 'badValue',
    field: 'message',
    value: error instanceof Error ? error.message : String(error),
    limit: 'a well-formed message of this version of PiBatch',
  };
}
