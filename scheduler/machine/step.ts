/**
 * The one door in: an input and its time -> facts and orders. Synchronous and deterministic;
 * the shell commits the events before it performs any effect. Errors: InvariantError.
 */
import type { Cluster } from '../model/cluster.ts';
import type { Effect } from '../model/effect.ts';
import type { Event } from '../model/event.ts';
import type { Input } from '../model/input.ts';
import { accept } from './accept.ts';
import { prioritise } from './prioritise.ts';
import { react } from './react.ts';
import { schedulingPass, wantsPass } from './schedulingPass.ts';
import { nextTick } from './tick.ts';
import { beginTurn } from './turn.ts';
import { nextWake, wakeEffect } from './wake.ts';

export type Step = { readonly events: readonly Event[]; readonly effects: readonly Effect[] };

export function step(cluster: Cluster, input: Input): Step {
  const turn = beginTurn(cluster, input.atMs, input.curves);
  const answer = accept(turn, input);
  if (wantsPass(turn)) {
    prioritise(turn);
    schedulingPass(turn);
  }
  const effects: Effect[] = [];
  if (answer && 'replyTo' in input) {
    effects.push({ kind: 'reply', replyTo: input.replyTo, answer });
  }
  effects.push(...turn.effects);
  for (const event of turn.events) effects.push(...react(cluster, event));
  const woken = input.kind === 'woken' || input.kind === 'restarted';
  if (woken) effects.push(...wakeEffect(nextWake(cluster, input.atMs)));
  effects.push(...wakeEffect(nextTick(cluster, input.atMs)));
  return { events: turn.events, effects: withOneWake(effects) };
}

/** Of all wake-ups the earliest: the one after it is asked for when it comes. */
function withOneWake(effects: readonly Effect[]): readonly Effect[] {
  let first: Extract<Effect, { kind: 'wakeAt' }> | undefined;
  const rest: Effect[] = [];
  for (const effect of effects) {
    if (effect.kind !== 'wakeAt') rest.push(effect);
    else if (!first || effect.atMs < first.atMs) first = effect;
  }
  return first ? [...rest, first] : rest;
}
