import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from '../session.ts';

/** Own jobs make news at once; the others are seen at the next look. */
export async function newsOrTimeout(session: Session, everyMs: number): Promise<void> {
  const { feedSubjects } = await import('../../proto/subjects.ts');
  const stop = new AbortController();
  const feed = session.bus.subscribe(feedSubjects(session.user), () => stop.abort());
  try {
    await sleep(everyMs, undefined, { signal: stop.signal });
  } catch {
    await sleep(200);
  } finally {
    feed.close();
  }
}
