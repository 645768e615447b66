import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compressHostlist, expandHostlist } from '../../cli/format/hostlist.ts';

test.each([
  ['pi1', ['pi1']],
  ['pi[1-3]', ['pi1', 'pi2', 'pi3']],
  ['pi[08-10],x3', ['pi08', 'pi09', 'pi10', 'x3']],
  ['a[1,3]b[1-2]', ['a1b1', 'a1b2', 'a3b1', 'a3b2']],
  ['login', ['login']],
  ['', []],
])('%s expands', (text, names) => expect(expandHostlist(text)).toEqual({ ok: true, value: names }));

test.each(['pi[01-08,10],x3', 'pi[1-4]', 'a,b,c', 'pi9,rack2-n[1-16]', 'pi[9-11]', 'pi[009-010]'])(
  '%s round-trips',
  (text) => {
    const names = expandHostlist(text);
    expect(names.ok && compressHostlist(names.value)).toBe(text);
  },
);

test.each([
  ['pi[1-', 2],
  ['pi[3-1]', 3],
  ['pi[1,,2]', 5],
  ['pi[a]', 3],
  ['a,,b', 2],
  ['pi]', 2],
  ['pi[0-999999999]', 3],
  ['a[0-999]b[0-999]', 9],
])('%s is refused at %d', (text, at) =>
  expect(expandHostlist(text)).toMatchObject({ ok: false, at }),
);

test('any list of names survives compression, in order', () => {
  const name = fc
    .tuple(fc.constantFrom('pi', 'x', 'rack1-n'), fc.nat(300), fc.constantFrom(0, 2, 3))
    .map(([prefix, number, width]) => prefix + String(number).padStart(width, '0'));
  fc.assert(
    fc.property(fc.array(name, { maxLength: 40 }), (names) => {
      expect(expandHostlist(compressHostlist(names))).toEqual({ ok: true, value: names });
    }),
  );
});

test('a word of very many brackets is refused before it has cost anything', () => {
  const word = `${'[0-3]'.repeat(8)}${'[1]'.repeat(300)}`;
  expect(expandHostlist(word)).toMatchObject({ ok: false });
  expect(expandHostlist('rack[1-4]-pi[0001-4096]x')).toMatchObject({ ok: true });
});
