import type { pibatch } from '../../proto/codec.ts';
import { reportSubject } from '../../proto/subjects.ts';
import type { PartId } from '../../scheduler/model/ids.ts';
import type { AgentInput } from '../agent/agentInput.ts';
import { ANSWER_DEADLINE_MS } from '../agent/reporting.ts';
import type { AgentState } from '../agent/agentState.ts';
import { readTelemetry } from '../discovery/telemetry.ts';
import type { NodeAgentOptions } from '../options.ts';
import { monotonicMs } from '../process/monotonic.ts';
import { encodeReport } from './nodeReport.ts';
import { readAnswer } from './orders.ts';

type Of<K extends AgentInput['kind']> = Omit<Extract<AgentInput, { kind: K }>, 'atMs'>;

/** Sends the complete inventory once, and says what came of it. Never throws. */
export async function sendReport(
  options: Pick<
    NodeAgentOptions,
    'bus' | 'node' | 'sysroot' | 'inventory' | 'weight' | 'version' | 'log'
  >,
  state: AgentState,
  report: {
    readonly count: number;
    readonly endOf: (id: PartId) => pibatch.Ended.$Properties | undefined;
    readonly seen: (key: string) => pibatch.SeenPart.$Properties | undefined;
  },
): Promise<Of<'reportAnswered'> | Of<'reportFailed'>> {
  const { bus, node, sysroot, inventory, weight, version, log } = options;
  const { count, endOf, seen } = report;
  const sentAtMs = monotonicMs();
  try {
    const bytes = encodeReport({
      state,
      inventory,
      weight,
      version,
      telemetry: readTelemetry(sysroot),
      sentAtMs: Date.now(),
      endOf,
      seen,
    });
    const asked = { deadlineMs: ANSWER_DEADLINE_MS, retry: false };
    return readAnswer(await bus.request(reportSubject(node), bytes, asked), { count, sentAtMs });
  } catch (error) {
    if (state.reporting.failures === 0) log(`report not answered: ${String(error)}`);
    return { kind: 'reportFailed', count };
  }
}
