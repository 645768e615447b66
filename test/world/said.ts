import type { AgentInput } from '../../nodeagent/agent/agentInput.ts';

/** What is said to an agent, whenever it hears it. Distributes Omit over the union. */
export type Said = AgentInput extends infer I
  ? I extends AgentInput
    ? Omit<I, 'atMs'>
    : never
  : never;
