/** Runs the commands of a scenario against the machine and collects what it says. */
import { isDeepStrictEqual } from 'node:util';
import { nodeName, requestId, scheduleName, userName } from '../../../scheduler/model/ids.ts';
import { jobId } from '../../../scheduler/model/ids.ts';
import type { Cluster, Settings } from '../../../scheduler/model/cluster.ts';
import { DEFAULT_SETTINGS } from '../../../scheduler/model/defaultSettings.ts';
import type { Effect } from '../../../scheduler/model/effect.ts';
import { type Event, VOLATILE_EVENTS } from '../../../scheduler/model/event.ts';
import type { Input, Principal } from '../../../scheduler/model/input.ts';
import type { JobChanges } from '../../../scheduler/model/jobChanges.ts';
import type { JobRequest } from '../../../scheduler/model/request.ts';
import { jobStateName, nodeStateName } from '../../../scheduler/model/stateName.ts';
import { timeMs } from '../../../scheduler/model/time.ts';
import { parseSettings } from '../../../scheduler/live/configuration/readFile.ts';
import { apply } from '../../../scheduler/machine/apply.ts';
import { createCluster } from '../../../scheduler/machine/cluster.ts';
import { brokenInvariants } from '../../../scheduler/machine/invariants.ts';
import { recover } from '../../../scheduler/machine/recover.ts';
import { snapshotOf } from '../../../scheduler/machine/snapshot.ts';
import { step } from '../../../scheduler/machine/step.ts';
import { explain } from '../../../scheduler/policy/explain.ts';
import { fairShare } from '../../../scheduler/policy/fairShare.ts';
import { createLimiter } from '../../../scheduler/policy/limiter.ts';
import { reservationNow } from '../../../scheduler/policy/withdrawals.ts';
import { pendingReason } from '../../../scheduler/policy/reason.ts';
import { requestOf } from '../requests.ts';
import { dependencyOf, ScenarioHistory } from './dependency.ts';
import { reservationInput } from './reservation.ts';
import { ScenarioNode } from './node.ts';
import { printStep, START_MS } from './print.ts';
import type { Command } from './words.ts';
import { parseArray, parseBytes, parseCurve, parseMs } from './words.ts';

export class World {
  private cluster: Cluster | undefined;
  private settings: Settings = { ...DEFAULT_SETTINGS, policy: 'fifo' };
  private atMs = START_MS;
  private wakeMs: number | undefined;
  private readonly nodes = new Map<string, ScenarioNode>();
  private readonly loud = new Set<string>();
  private readonly journal: Event[] = [];
  private readonly history = new ScenarioHistory();
  private requests = 0;

  run(command: Command): string[] {
    const { verb, words, options } = command;
    const [first = '', second = ''] = words;
    switch (verb) {
      case 'settings':
        this.settings = { ...this.settings, ...settingsOf(options) };
        return [];
      case 'configure':
        this.settings = { ...this.settings, ...configuredBy(options) };
        return [];
      case 'usage':
        return this.usage();
      case 'reconfigure': {
        const settings = { ...this.settings, ...configuredBy(options) };
        const said = this.send({ kind: 'reconfigure', by: principalOf(first), settings });
        if (this.live().settings === settings) this.settings = settings;
        return said;
      }
      case 'show':
        if (first === '') return this.states();
        this.loud.add(first);
        return [];
      case 'explain':
        return this.explain(Number(first));
      case 'advance':
        return this.advance(parseMs(first), words.includes('beating'));
      case 'join':
      case 'report':
        return this.report(command);
      case 'restart':
        return this.restart(parseMs(first));
      case 'drain':
      case 'resume':
        return this.send({
          kind: verb,
          by: principalOf(first),
          node: nodeName(second),
          why: words[2] ?? '',
        });
      default:
        return this.send(userInput(command, this.atMs, `r${(this.requests += 1)}`));
    }
  }

  private send(partial: Partial<Input> & { kind: Input['kind'] }): string[] {
    const input = { replyTo: 1, ...partial, atMs: timeMs(this.atMs) } as Input;
    const cluster = this.live();
    const { events, effects } = step(cluster, this.history.informed(input));
    this.history.heard(events);
    this.journal.push(...events);
    const broken = brokenInvariants(cluster, timeMs(this.atMs));
    if (broken.length > 0) throw new Error(broken.join('\n'));
    this.deliver(effects);
    return printStep(events, effects, this.loud);
  }

  private live(): Cluster {
    this.cluster ??= createCluster(this.settings, 1);
    return this.cluster;
  }

  private deliver(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'wakeAt') this.wakeMs = Math.min(this.wakeMs ?? Infinity, effect.atMs);
      if (effect.kind === 'answerNode') this.nodes.get(effect.node)?.answered(effect);
    }
  }

  /** Time passes: wake-ups come when asked for, and `beating` nodes repeat their reports. */
  private advance(milliseconds: number, beating: boolean): string[] {
    const untilMs = this.atMs + milliseconds;
    const lines: string[] = [];
    for (;;) {
      const beatMs = beating ? Math.floor(this.atMs / 5_000 + 1) * 5_000 : Infinity;
      const nextMs = Math.min(this.wakeMs ?? Infinity, beatMs);
      if (nextMs > untilMs) break;
      this.atMs = Math.max(this.atMs, nextMs);
      const said = nextMs === this.wakeMs ? this.wake() : this.beat();
      if (said.length > 0) lines.push(`  at +${(this.atMs - START_MS) / 1000}s:`, ...said);
    }
    this.atMs = untilMs;
    return lines;
  }

  private wake(): string[] {
    this.wakeMs = undefined;
    return this.send({ kind: 'woken' });
  }

  private beat(): string[] {
    return [...this.nodes.values()].flatMap((node) => this.send(node.report(this.atMs)));
  }

  /** `join` reports until the node has adopted its epoch. */
  private report({ verb, words, options }: Command): string[] {
    const [name = '', ...stages] = words;
    const node = this.nodes.get(name) ?? new ScenarioNode(name);
    this.nodes.set(name, node);
    node.change(options, stages, this.atMs);
    const said = this.send(node.report(this.atMs));
    return verb === 'join' ? [...said, ...this.send(node.report(this.atMs))] : said;
  }

  /** The scheduler dies and comes back from its journal alone after a while. */
  private restart(awayMs: number): string[] {
    const before = snapshotOf(this.live());
    const folded = createCluster(this.settings, 1);
    const durable = this.journal.filter(({ kind }) => !VOLATILE_EVENTS.has(kind));
    for (const event of JSON.parse(JSON.stringify(durable)) as Event[]) apply(folded, event);
    const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
    if (!isDeepStrictEqual(plain(snapshotOf(folded)), plain(before))) {
      throw new Error('the fold of the journal differs from the cluster');
    }
    this.cluster = folded;
    this.atMs += awayMs;
    this.wakeMs = undefined;
    const effects = recover(folded);
    this.deliver(effects);
    return [...printStep([], effects, this.loud), ...this.send({ kind: 'restarted' })];
  }

  private explain(job: number): string[] {
    const why = explain(this.live(), jobId(job), timeMs(this.atMs));
    return [`  ${JSON.stringify(why)}`];
  }

  private usage(): string[] {
    return fairShare(this.live(), timeMs(this.atMs)).map(
      ({ account, user, usage, factorMillionths }) =>
        user === undefined
          ? `  ${account} used=${Math.round(usage / 60_000)} core-minutes`
          : `    ${user} used=${Math.round(usage / 60_000)} factor=${factorMillionths}`,
    );
  }

  private states(): string[] {
    const cluster = this.live();
    const limiter = createLimiter(cluster, timeMs(this.atMs));
    const jobs = [...cluster.jobs.values()].map((job) => {
      const reason = pendingReason(cluster, job.id, limiter);
      return `  job ${job.id} ${jobStateName(job)} ${reason ? JSON.stringify(reason) : ''}`.trimEnd();
    });
    const nodes = [...cluster.nodes.values()].map((node) => {
      const holding = cluster.lookup.holdings.get(node.name);
      return `  node ${node.name} ${holding ? nodeStateName(node, holding, reservationNow(cluster, node.name, timeMs(this.atMs))) : ''}`;
    });
    return [...jobs, ...nodes];
  }
}

const settingsOf = (options: ReadonlyMap<string, string>): Partial<Settings> =>
  Object.fromEntries(
    [...options].map(([key, value]) => [
      key,
      key === 'policy'
        ? value
        : /^['[{]/.test(value)
          ? JSON.parse(value.replaceAll("'", '"'))
          : key.endsWith('Ms')
            ? parseMs(value)
            : Number(value),
    ]),
  );

/** Each option is a section of the configuration file. */
function configuredBy(options: ReadonlyMap<string, string>): Settings {
  const sections = [...options].map(([key, value]) => `${key}: ${value}`);
  return parseSettings('configuration', sections.join('\n'));
}

/** `root` is an administrator, `ops` an operator, everybody else a user. */
const principalOf = (name: string): Principal => ({
  user: userName(name),
  role: name === 'root' ? 'admin' : name === 'ops' ? 'operator' : 'user',
});

const PLAIN_VERBS = ['hold', 'release', 'requeue', 'suspend', 'resumeJob'] as const;
type Unsent = Partial<Input> & { kind: Input['kind'] };

function userInput({ verb, words, options }: Command, atMs: number, id: string): Unsent {
  const [who = '', what = ''] = words;
  const by = principalOf(who);
  const [job = 0, task] = what.split('_').map(Number);
  const target = { job: jobId(job), task };
  const signal = options.has('signal') ? Number(options.get('signal')) : undefined;
  const name = scheduleName(what);
  const owner = userName(options.get('owner') ?? who);
  const plain = PLAIN_VERBS.find((one) => one === verb);
  if (plain) return { kind: plain, by, target };
  switch (verb) {
    case 'submit': {
      const request = requestFrom(options, atMs);
      const said = { requestId: requestId(options.get('id') ?? id), ...parseCurve(options) };
      return { kind: 'submit', by, request, ...said };
    }
    case 'cancel':
      return { kind: 'cancel', by, target, signal };
    case 'reserve':
    case 'changeReservation':
    case 'unreserve':
      return Object.assign(reservationInput(verb, { name: what, options, atMs }), { by });
    case 'update': {
      const clear = (options.get('clear') ?? '').split(',').filter(Boolean);
      const throttle = options.get('throttle');
      const changes = {
        set: fieldsFrom(options, atMs),
        clear,
        ...(throttle && { throttle: Number(throttle) }),
      } as JobChanges;
      return { kind: verb, by, target, changes };
    }
    case 'schedule': {
      const rule = {
        cron: options.get('cron') ?? '',
        timezone: options.get('tz') ?? 'UTC',
        overlap: (options.get('overlap') ?? 'skip') as 'skip',
        missed: (options.get('missed') ?? 'run-once') as 'skip',
      };
      const request = requestFrom(options, atMs);
      return { kind: 'createSchedule', by, requestId: requestId(id), name, rule, request };
    }
    case 'pauseSchedule':
    case 'resumeSchedule':
    case 'removeSchedule':
    case 'runSchedule':
      return { kind: verb, by, owner, name };
    default:
      throw new Error(`unknown command ${verb}`);
  }
}

const requestFrom = (options: ReadonlyMap<string, string>, atMs: number): JobRequest =>
  requestOf(fieldsFrom(options, atMs));

function fieldsFrom(options: ReadonlyMap<string, string>, atMs: number): Partial<JobRequest> {
  const fields: Record<string, unknown> = {};
  for (const [key, value] of options) {
    if (key === 'ranks') fields['ranks'] = Number(value);
    else if (key === 'cores') fields['coresPerRank'] = Number(value);
    else if (key === 'memory') fields['memoryPerRankBytes'] = parseBytes(value);
    else if (key === 'time') fields['timeLimitMs'] = parseMs(value);
    else if (key === 'begin') fields['beginMs'] = atMs + parseMs(value);
    else if (key === 'deadline') fields['deadlineMs'] = atMs + parseMs(value);
    else if (key === 'min-time') fields['minTimeMs'] = parseMs(value);
    else if (key === 'wish') Object.assign(fields, JSON.parse(value.replaceAll("'", '"')));
    else if (key === 'array') fields['array'] = parseArray(value);
    else if (key === 'hold') fields['hold'] = value === 'yes';
    else if (key === 'requeue') fields['requeue'] = value === 'yes';
    else if (['partition', 'account', 'qos', 'reservation'].includes(key)) fields[key] = value;
    else if (key === 'dependency') fields['dependency'] = dependencyOf(value);
    else if (key === 'name') fields['name'] = value;
    else if (key === 'nice') fields['nice'] = Number(value);
  }
  return fields;
}
