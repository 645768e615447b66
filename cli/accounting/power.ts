/** Watts of the boards: what cluster.yaml says, over what was published. */
import { BOARD_WATTS, type BoardWatts, type PowerOptions } from '../../accounting/energy.ts';
import { pibatch } from '../../proto/codec.ts';
import type { Settings } from '../../scheduler/model/cluster.ts';
import type { BoardPower } from '../../scheduler/model/configuration.ts';
import type { Session } from '../session.ts';

const CORES = 4;

/** Errors: those of a session. */
export async function powerInForce(session: Session): Promise<readonly BoardPower[]> {
  const answer = await session.ask('settings', [pibatch.GetSettings, {}], pibatch.SettingsInForce);
  const settings = JSON.parse(answer.settingsJson) as Settings;
  return settings.power ?? [];
}

export function powerOptions(power: readonly BoardPower[]): PowerOptions {
  const own = power.map(({ name, idleW, fullW, cores, overheadW }): [string, BoardWatts] => [
    name,
    { cores: cores ?? CORES, idleW: idleW + (overheadW ?? 0), busyW: fullW + (overheadW ?? 0) },
  ]);
  return { boards: { ...BOARD_WATTS, ...Object.fromEntries(own) }, overheadWPerNode: 0 };
}
