/** `pictl show`: everything that is known of one job, node or the cluster, as scontrol prints it. */
import { pibatch } from '../proto/codec.ts';
import { unknownJob } from './accounting/unknown.ts';
import type { Arguments } from './command.ts';
import { badInput, EXIT } from './failure.ts';
import { formatBytes } from './format/bytes.ts';
import { printable } from './format/displayWidth.ts';
import { formatElapsed, formatTimeLimit } from './format/duration.ts';
import { nodeList } from './format/hostlist.ts';
import { formatMoment } from './format/moment.ts';
import { didYouMean } from './format/nearest.ts';
import { rankChoiceSentence } from './format/rankChoice.ts';
import { readJobReference } from './jobIds.ts';
import {
  elapsedMsOf,
  exitText,
  jobLabel,
  type JobView,
  listJobs,
  suspendedMsOf,
} from './jobView.ts';
import type { PartView } from './partView.ts';
import { printJson } from './json.ts';
import { listNodes } from './nodeView.ts';
import { rankLayout, ranksText } from '../scheduler/model/rankLayout.ts';
import type { Session } from './session.ts';
import { spanText } from './format/span.ts';
import { nodeCount, type WishesView } from './wishesView.ts';
import { SETTINGS_SUBJECTS, settingsFound } from './settingsView.ts';
import type { Terminal } from './terminal.ts';

const SUBJECTS = ['job', 'node', 'cluster', ...SETTINGS_SUBJECTS];

/** Resolves to the exit code. Errors: CommandFailure. */
export async function show(
  session: Session,
  { words, args }: { readonly words: readonly string[]; readonly args: Arguments },
  terminal: Terminal,
): Promise<number> {
  const [subject = '', name] = words;
  if (!SUBJECTS.includes(subject)) {
    throw badInput(
      `show what? '${subject}'${didYouMean(subject, SUBJECTS) || `; known: ${SUBJECTS.join(', ')}`}`,
    );
  }
  const found = await lookUp(session, subject, name);
  const [only] = found;
  if (args.flag('json'))
    printJson(terminal, found.length === 1 && only ? only.whole : found.map(({ whole }) => whole));
  else terminal.print(found.map(({ lines }) => linesText(lines)).join('\n'));
  return EXIT.ok;
}

type Lines = readonly (readonly (readonly [name: string, value: string])[])[];
type Found = { readonly whole: object; readonly lines: Lines };

async function lookUp(
  session: Session,
  subject: string,
  name: string | undefined,
): Promise<Found[]> {
  if (subject === 'cluster') {
    const info = await session.ask('cluster', [pibatch.GetCluster, {}], pibatch.ClusterInfo);
    return [clusterLines(info)];
  }
  const settings = SETTINGS_SUBJECTS.find((known) => known === subject);
  if (settings) {
    const found = await settingsFound(session, settings, name);
    return found.map(({ whole, fields }) => ({ whole, lines: fields.map((field) => [field]) }));
  }
  if (name === undefined) throw badInput(`show ${subject}: name the ${subject}`);
  if (subject === 'node') {
    const nodes = (await listNodes(session)).filter((node) => node.name === name);
    if (nodes.length === 0) throw badInput(`no node '${name}' is known; pinodes lists them`);
    return nodes.map((node) => ({
      whole: node,
      lines: Object.entries(node).map(([key, value]) => [[key, text(value)]]),
    }));
  }
  const { job, task } = readJobReference(name);
  const rows = await listJobs(session, { ids: [job], finished: true });
  const wanted = rows.filter(({ arrayTask }) => task === undefined || arrayTask === task);
  if (rows.length === 0) throw badInput(await unknownJob(session, job));
  if (wanted.length === 0) throw badInput(`no job ${name} is known; piqueue and piacct list them`);
  return wanted.map((view) => ({ whole: view, lines: jobLines(view, Date.now()) }));
}

function jobLines(view: JobView, nowMs: number): Lines {
  const moment = (atMs: number | undefined): string =>
    atMs === undefined ? 'Unknown' : formatMoment(atMs);
  const limit = view.timeLimitMs === 0 ? undefined : view.timeLimitMs;
  return [
    [
      ['JobId', jobLabel(view)],
      ['JobName', view.name],
      ['Id', String(view.job)],
    ],
    [
      ['UserId', view.user],
      ['Account', view.account],
      ['Partition', view.partition],
    ],
    [
      ['JobState', view.state],
      ['Reason', view.reason || 'None'],
      ['ExitCode', exitText(view)],
    ],
    ...(view.reasonText === '' ? [] : [[['Why', view.reasonText]] as const]),
    ...(view.message === '' ? [] : [[['Message', view.message]] as const]),
    [
      ['RunTime', formatElapsed(elapsedMsOf(view, nowMs))],
      ['TimeLimit', formatTimeLimit(limit)],
      ['Attempt', String(view.attempt)],
      ['Restarts', String(view.restarts)],
    ],
    ...suspensionLine(view, nowMs),
    [
      ['SubmitTime', moment(view.submittedMs)],
      ['EligibleTime', moment(view.eligibleMs)],
    ],
    [
      ['StartTime', moment(view.startedMs)],
      ['EndTime', moment(view.endedMs)],
    ],
    [
      ['NodeList', nodeList(view.nodes) || '(null)'],
      ['NumNodes', nodeCount(view)],
    ],
    [
      ['NumTasks', String(view.ranks)],
      ['NumCPUs', String(view.cores)],
      ['Memory', formatBytes(view.memoryBytes)],
    ],
    ...wishLines(view),
    ...(view.choice ? [[['RanksChosen', rankChoiceSentence(view.choice)]] as const] : []),
    ...checkpointLine(view),
    [['Command', view.program]],
    [
      ['Comment', view.comment || '(null)'],
      ['Group', view.group || '(null)'],
      ['Size', text(view.size)],
      ['Schedule', view.schedule || '(null)'],
    ],
    ...view.parts.map(
      (part) =>
        [
          ['Part', `${part.attempt}.${part.part}`],
          ['Node', part.node],
          ['Ranks', ranksOf(view, part)],
          ['Cores', String(part.cores)],
          ['Outcome', part.outcome || 'running'],
        ] as const,
    ),
  ];
}

function suspensionLine(view: JobView, nowMs: number): Lines {
  const { suspendedBy, suspendedSinceMs } = view;
  const suspendedMs = suspendedMsOf(view, nowMs);
  if (suspendedMs === 0) return [];
  const total = ['Suspended', formatElapsed(suspendedMs)] as const;
  if (suspendedSinceMs === undefined) return [[total]];
  return [[total, ['SuspendedBy', suspendedBy], ['SuspendTime', formatMoment(suspendedSinceMs)]]];
}

const checkpointLine = ({ checkpoint, checkpointMs }: JobView): Lines =>
  checkpoint === 0 || checkpointMs === undefined
    ? []
    : [
        [
          ['Checkpoint', String(checkpoint)],
          ['CheckpointTime', formatMoment(checkpointMs)],
        ],
      ];

/** `0-3`, or as they were dealt: `1,3,5`. */
function ranksOf(view: JobView, { attempt, part }: PartView): string {
  const parts = view.parts.filter((one) => one.attempt === attempt);
  const counts = parts.map(({ ranks }) => ranks);
  const cyclic = view.distribution === 'cyclic' ? 'cyclic' : 'block';
  const index = parts.findIndex((one) => one.part === part);
  return ranksText(rankLayout(counts, cyclic)[index] ?? []).replace(/^ranks? /, '');
}

/** Only what was asked for. */
function wishLines(view: WishesView & { readonly dependency: string }): Lines {
  const moment = (atMs: number | undefined): string =>
    atMs === undefined ? '' : formatMoment(atMs);
  const span = (given: WishesView['nodesAsked']): string => (given ? spanText(given) : '');
  const lines: Lines = [
    [
      ['ReqNodes', span(view.nodesAsked)],
      ['NtasksPerNode', String(view.ranksPerNode ?? '')],
      ['NumTasksRange', span(view.ranksRange)],
      ['OverSubscribe', view.exclusive ? 'NO' : ''],
    ],
    [
      ['ReqNodeList', view.nodeList],
      ['ExcNodeList', view.excluded],
      ['Features', view.constraint],
      ['TresPerNode', view.gres],
      ['Licenses', view.licenses],
    ],
    [
      ['Distribution', view.distribution],
      ['Contiguous', view.contiguous ? '1' : ''],
      ['Uniform', view.uniform ? '1' : ''],
    ],
    [
      ['QOS', view.qos],
      ['Nice', view.nice === 0 ? '' : String(view.nice)],
      ['Reservation', view.reservation],
    ],
    [
      ['TimeMin', view.minTimeMs === undefined ? '' : formatTimeLimit(view.minTimeMs)],
      ['Deadline', moment(view.deadlineMs)],
    ],
    [['Dependency', view.dependency]],
  ];
  return lines
    .map((fields) => fields.filter(([, value]) => value !== ''))
    .filter((fields) => fields.length > 0);
}

function clusterLines(info: pibatch.ClusterInfo): Found {
  const counters: unknown = info.countersJson === '' ? {} : JSON.parse(info.countersJson);
  const { countersJson: _, ...known } = { ...info };
  const whole = { ...known, counters };
  const lines: Lines = [
    [
      ['ClusterName', info.name],
      ['Version', info.version],
      ['Generation', String(info.generation)],
    ],
    [
      ['Nodes', String(info.nodes)],
      ['Cores', String(info.cores)],
      ['LiveJobs', String(info.liveJobs)],
    ],
    [['BootTime', formatMoment(info.startedMs)]],
    ...Object.entries(counters ?? {}).map(([name, value]) => [[name, text(value)]] as const),
  ];
  return { whole, lines };
}

const text = (value: unknown): string =>
  value === undefined || value === null
    ? '(null)'
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);

const linesText = (lines: Lines): string =>
  lines
    .map((fields, index) => {
      const shown = fields.map(([name, value]) => `${name}=${printable(value)}`).join(' ');
      return `${index === 0 ? '' : '   '}${shown}\n`;
    })
    .join('');
