import type { AgentEffect } from '../agent/agentEffect.ts';
import type { ToHost } from '../record/hostMessage.ts';

type Spoken = Extract<
  AgentEffect,
  { kind: 'wirePart' | 'setTerms' | 'leasePart' | 'checkpointIsStored' }
>;

/** What a job host is told of an effect that concerns it alone. */
export function wordsFor(effect: Spoken): ToHost {
  switch (effect.kind) {
    case 'wirePart':
      return { kind: 'wire', peers: effect.peers };
    case 'setTerms': {
      const { timeLimitMs, suspended } = effect.terms;
      return { kind: 'terms', terms: { timeLimitMs, suspended } };
    }
    case 'leasePart':
      return { kind: 'lease', untilMs: effect.untilMs };
    case 'checkpointIsStored':
      return { kind: 'stored', sequence: effect.sequence };
  }
}
