import { join } from 'node:path';
import { decodeMessage, pibatch } from '../proto/codec.ts';
import type { PartId } from '../scheduler/model/ids.ts';
import { partKey } from '../scheduler/model/ids.ts';
import type { AgentEffect } from './agent/agentEffect.ts';
import type { AgentInput } from './agent/agentInput.ts';
import type { AgentPart, AgentState } from './agent/agentState.ts';
import { startedAgent } from './agent/agentState.ts';
import { step } from './agent/step.ts';
import { HostListener } from './link/hostListener.ts';
import { answerOutput } from './link/answerOutput.ts';
import { LiveOutput } from './link/liveOutput.ts';
import { hearOrders } from './link/hearOrders.ts';
import { wordsFor } from './link/hostWords.ts';
import { readLaunch } from './link/orders.ts';
import { Scatter } from './link/scatter.ts';
import { sendReport } from './link/sendReport.ts';
import { BlobCache } from './part/blobCache.ts';
import { CheckpointKeeper } from './part/checkpointKeeper.ts';
import { isDiskTrouble } from './record/durableFile.ts';
import type { NodeAgentOptions } from './options.ts';
import { startIncarnation, writeIdentity } from './part/identity.ts';
import { fetchPatiently } from './part/fetchPatiently.ts';
import { foundParts } from './part/foundParts.ts';
import { signalHost } from './part/hostProcess.ts';
import { PartKeeper } from './part/partKeeper.ts';
import { PartStore } from './part/partStore.ts';
import { monotonicMs } from './process/monotonic.ts';
import type { FromHost } from './record/hostMessage.ts';

const now = () => ({ atMs: monotonicMs() });
const BLOB_CACHE_BYTES = 1_024 * 2 ** 20;

/**
 * The shell around the agent's core (agent/step.ts): turns messages, hosts and timers into inputs
 * and performs the effects, in order. Jobs do not depend on it: it can leave and come back.
 */
export class NodeAgent {
  private readonly options: NodeAgentOptions;
  private readonly state: AgentState;
  private readonly store: PartStore;
  private readonly keeper: PartKeeper;
  private readonly checkpoints: CheckpointKeeper;
  private readonly hosts: HostListener;
  private readonly live: LiveOutput;
  /** Orders whose acceptance is being decided. */
  private readonly orders = new Map<string, Uint8Array>();
  private readonly users = new Map<string, string>();
  private readonly ends = new Map<string, pibatch.Ended>();
  private alarm: NodeJS.Timeout | undefined;
  private readonly scatter = new Scatter(() => this.state.reporting.spreadMs);
  private closed = false;

  /** Counts the incarnation up and reads what earlier ones left. */
  constructor(options: NodeAgentOptions) {
    this.options = options;
    const { home, bus, node, listenHost, hostProgram, groupBase } = options;
    this.store = new PartStore(home);
    this.state = startedAgent({
      ...startIncarnation(home),
      parts: foundParts(this.store),
      tombstones: this.store.tombstones(),
    });
    const blobs = new BlobCache({
      folder: join(home, 'blobs'),
      limitBytes: BLOB_CACHE_BYTES,
      fetch: (sha256) => fetchPatiently(bus, sha256),
    });
    this.keeper = new PartKeeper({
      node,
      listenHost,
      hostProgram,
      groupBase,
      sysroot: options.sysrootPath,
      store: this.store,
      blobs,
      putBlob: (bytes) => bus.putBlob(bytes),
      isLinked: () => bus.isLinked,
      leaseUntilMs: () => this.state.leaseUntilMs,
      isOpen: (id) => this.isOpen(id),
      isConnected: (id) => this.hosts.isConnected(id),
      checkpointSettled: (id) => this.checkpoints.settled(id),
      onEnded: (id) => this.ended(id),
      warn: options.log,
    });
    this.checkpoints = new CheckpointKeeper({
      store: this.store,
      putBlob: (bytes) => bus.putBlob(bytes),
      isOpen: (id) => this.isOpen(id),
      onStored: (id, checkpoint) =>
        this.take({ ...now(), kind: 'checkpointStored', id, checkpoint }),
      warn: options.log,
    });
    this.hosts = new HostListener({
      home,
      onConnected: (id) => this.take({ ...now(), kind: 'hostConnected', id }),
      onMessage: (id, message) => this.hear(id, message),
      onGone: (id) => this.keeper.look(id),
    });
    this.live = new LiveOutput((subject, data) => bus.publish(subject, data));
  }

  /** Finds the parts of earlier incarnations again, then listens and reports. */
  async open(): Promise<void> {
    const { bus, node } = this.options;
    for (const key of await this.store.tidy(Date.now())) this.state.tombstones.delete(key);
    await this.hosts.open();
    for (const part of this.state.parts.values()) this.resume(part);
    hearOrders(bus, node, {
      launch: (order) => this.launch(order),
      take: (input) => this.take(input),
      reportWanted: () =>
        this.scatter.soon('report', () => this.take({ ...now(), kind: 'reportWanted' })),
      readOutput: (request) =>
        answerOutput(request, { node, state: this.state, store: this.store }),
    });
    this.linkChanged(bus.isLinked);
  }

  linkChanged(up: boolean): void {
    const changed = (): void => this.take({ ...now(), kind: 'linkChanged', up });
    if (up) return this.scatter.soon('link', changed);
    this.scatter.cancel('link');
    changed();
  }

  /** Jobs keep running. */
  close(): void {
    this.closed = true;
    clearTimeout(this.alarm);
    this.scatter.close();
    this.keeper.close();
    this.checkpoints.close();
    this.hosts.close();
  }

  private take(input: AgentInput): void {
    if (this.closed) return;
    const { effects } = step(this.state, input);
    for (const effect of effects) this.attempt(effect);
  }

  /** A disk that is full or broken must not end the agent: the scheduler asks again. */
  private attempt(effect: AgentEffect): void {
    try {
      this.perform(effect);
    } catch (error) {
      if (!isDiskTrouble(error)) throw error;
      this.options.log(`${effect.kind}: ${String(error)}`);
      if (effect.kind === 'startPart') this.take({ ...now(), kind: 'acceptFailed', id: effect.id });
    }
  }

  private perform(effect: AgentEffect): void {
    switch (effect.kind) {
      case 'startPart':
        return this.startPart(effect.id);
      case 'wirePart':
      case 'setTerms':
      case 'leasePart':
      case 'checkpointIsStored':
        return void this.hosts.tell(effect.id, wordsFor(effect));
      case 'stopHost':
      case 'continueHost':
      case 'killHost':
        return void signalHost(this.store.claim(effect.id), effect.kind);
      case 'endPart':
        return this.endPart(effect);
      case 'neverStart':
        return void this.keeper.neverStart(effect.id, effect.why);
      case 'storeCheckpoint':
        return this.checkpoints.store(effect.id, effect.sequence);
      case 'buryPart':
        return this.buryPart(effect.id);
      case 'adoptIdentity':
        return writeIdentity(this.options.home, { ...this.state, ...effect });
      case 'sendReport':
        return void this.report(effect.count);
      case 'warn':
        return this.options.log(effect.message);
      case 'wakeAt':
        clearTimeout(this.alarm);
        this.alarm = setTimeout(
          () => this.take({ ...now(), kind: 'woken' }),
          // Never sooner, and not all nodes in step.
          Math.max(1, (effect.atMs - monotonicMs()) * (1 + Math.random() / 10)),
        );
    }
  }

  private launch(bytes: Uint8Array): void {
    const input = readLaunch(decodeMessage(pibatch.LaunchOrder, bytes));
    const key = partKey(input.id);
    this.orders.set(key, bytes);
    this.take({ ...now(), ...input });
    this.orders.delete(key);
  }

  private startPart(id: PartId): void {
    const bytes = this.orders.get(partKey(id));
    if (!bytes) return;
    this.store.accept(id, bytes);
    this.keeper.start(id);
  }

  private endPart(effect: Extract<AgentEffect, { kind: 'endPart' }>): void {
    const { id, signal, why, graceMs } = effect;
    if (this.hosts.tell(id, { kind: 'end', signal, why, graceMs }) || signal !== undefined) return;
    if (this.state.parts.has(partKey(id)))
      this.keeper.neverStart(id, `ended before it started: ${why}`);
  }

  private buryPart(id: PartId): void {
    this.store.bury(id);
    this.ends.delete(partKey(id));
    this.users.delete(partKey(id));
  }

  private async report(count: number): Promise<void> {
    const { options, state } = this;
    const answer = await sendReport(options, state, {
      count,
      endOf: (id) => this.endOf(id),
      seen: (key) => this.store.seen(key),
    });
    this.take({ ...now(), ...answer });
  }

  private isOpen(id: PartId): boolean {
    const part = this.state.parts.get(partKey(id));
    return part !== undefined && part.stage.kind !== 'ended';
  }

  private hear(id: PartId, message: FromHost): void {
    if (this.closed) return;
    switch (message.kind) {
      case 'hello':
        return;
      case 'running':
        return this.take({ ...now(), ...message, kind: 'partRunning', id });
      case 'progress':
        return this.take({ ...now(), kind: 'partProgressed', id, fraction: message.fraction });
      case 'checkpoint':
        return this.take({ ...now(), ...message, kind: 'checkpointWritten', id });
      case 'output':
        this.live.grown(this.placeOf(id), { ...message, atMs: monotonicMs() });
        return;
      case 'ended':
        void this.keeper.finish(id);
    }
  }

  private ended(id: PartId): void {
    const ended = this.endOf(id);
    if (!ended || !this.isOpen(id)) return;
    this.live.ended(this.placeOf(id), ended);
    this.take({ ...now(), kind: 'partEnded', id });
  }

  private endOf(id: PartId): pibatch.Ended | undefined {
    const key = partKey(id);
    const known = this.ends.get(key) ?? this.store.ended(id);
    if (known) this.ends.set(key, known);
    return known;
  }

  private placeOf(id: PartId) {
    const key = partKey(id);
    const user = this.users.get(key) ?? this.store.order(id)?.user ?? 'unknown';
    this.users.set(key, user);
    return { id, user, folder: this.store.folder(id) };
  }

  /** A part of an earlier incarnation: over, on its way, or never claimed. */
  private resume({ id }: AgentPart): void {
    if (this.keeper.neverStart(id, 'the agent was restarted before the job host had started'))
      return;
    this.keeper.look(id);
  }
}
