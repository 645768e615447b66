import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fetchFiles } from '../../cli/output/fetch.ts';
import { rankLines } from '../../cli/output/rankLines.ts';
import type { StoredFile } from '../../cli/output/stored.ts';
import { Session } from '../../cli/session.ts';
import type { Bus } from '../../proto/bus.ts';
import type { Connection } from '../../proto/connection.ts';
import { openRequest } from '../../cli/submit/requestId.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pibatch-output-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('lines of ranks', () => {
  function shown(ranks: number, label: boolean, chunks: readonly (readonly [number, string])[]) {
    let text = '';
    const lines = rankLines({
      ranks,
      label,
      print: (bytes) => (text += Buffer.from(bytes).toString()),
    });
    for (const [rank, chunk] of chunks) lines.write(rank, Buffer.from(chunk));
    lines.end();
    return text;
  }

  test('no line lies inside another', () => {
    expect(
      shown(2, false, [
        [0, 'a'],
        [1, 'b1\nb2'],
        [0, 'aa\n'],
        [1, '!'],
      ]),
    ).toBe('b1\naaa\nb2!\n');
  });

  test('labels', () => {
    expect(
      shown(11, true, [
        [10, 'x\n\ny'],
        [2, 'z\n'],
      ]),
    ).toBe('10: x\n10: \n 2: z\n10: y\n');
  });

  test('one rank as it is', () => {
    expect(
      shown(1, false, [
        [0, 'a\r'],
        [0, 'b'],
      ]),
    ).toBe('a\rb');
  });
});

describe('fetched files', () => {
  const inline = (name: string, text: string): StoredFile => ({
    name,
    sizeBytes: text.length,
    truncated: false,
    content: { kind: 'inline', bytes: Buffer.from(text) },
  });
  const connection: Connection = {
    cluster: 'test',
    servers: [],
    principal: { kind: 'user', name: 'anna' },
    seed: '',
  };
  const session = new Session({} as Bus, connection, () => undefined);

  test('land below the folder, whole', async () => {
    const target = join(folder, 'new');
    const files = [inline('result/a.json', '{}'), inline('b.png', 'png')];
    const fetched = await fetchFiles(session, { files, folder: target });
    expect(fetched.map(({ path }) => path)).toEqual([
      join(target, 'result/a.json'),
      join(target, 'b.png'),
    ]);
    expect(readFileSync(join(target, 'result/a.json'), 'utf8')).toBe('{}');
  });

  test.each(['../x', '/etc/x', 'a/../../x', 'a//b', './a', '', 'a\\b', 'a\0b'])(
    'never %j',
    async (name) => {
      await expect(fetchFiles(session, { files: [inline(name, '')], folder })).rejects.toThrow(
        /leads out/,
      );
    },
  );

  test('no link on the way is followed, a link in the place is replaced', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'pibatch-outside-'));
    symlinkSync(outside, join(folder, 'link'));
    await expect(fetchFiles(session, { files: [inline('link/x', '')], folder })).rejects.toThrow(
      /not a folder/,
    );
    writeFileSync(join(outside, 'victim'), 'old');
    symlinkSync(join(outside, 'victim'), join(folder, 'x'));
    await fetchFiles(session, { files: [inline('x', 'new')], folder });
    expect(readFileSync(join(outside, 'victim'), 'utf8')).toBe('old');
    expect(readFileSync(join(folder, 'x'), 'utf8')).toBe('new');
    rmSync(outside, { recursive: true });
  });
});

describe('request ids', () => {
  const content = Buffer.from('a job');
  const open = (nowMs: number, given?: string) => openRequest({ folder, content, nowMs, given });
  /** As left behind by a process that is gone. */
  const orphan = (id: string, atMs: number) => {
    const { answered } = open(0);
    const [name = ''] = readdir();
    answered();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${name.slice(0, 32)}.${id}`), `999999999 ${atMs}\n`);
  };
  const readdir = (): string[] => readdirSync(folder);
  const id = '0f0e0d0c-0000-4000-8000-000000000001';

  test('an answered request leaves nothing', () => {
    const request = open(0);
    expect(readdir()).toHaveLength(1);
    request.answered();
    expect(readdir()).toEqual([]);
  });

  test('an unanswered one of a dead process is taken over, once', () => {
    orphan(id, 1000);
    const first = open(2000);
    const second = open(2000);
    expect(first).toMatchObject({ id, takenOver: true });
    expect(second.takenOver).toBe(false);
    expect(second.id).not.toBe(id);
  });

  test('but not after a day, and never that of a living process', () => {
    orphan(id, 1000);
    expect(open(25 * 3_600_000).takenOver).toBe(false);
    expect(open(25 * 3_600_000).takenOver).toBe(false);
  });

  test("the user's own id is used as it is", () => {
    expect(open(0, 'my-own-id').id).toBe('my-own-id');
    expect(readdir()).toEqual([]);
  });
});
