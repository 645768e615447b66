import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as subjects from '../../proto/subjects.ts';

const name = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/);

describe('subjects', () => {
  test('what one function builds another reads', () => {
    fc.assert(
      fc.property(name, fc.maxSafeNat(), fc.nat(), (who, job, rank) => {
        const user = subjects.userSubject(who, 'submit');
        expect(subjects.parseUserSubject(user)).toEqual({ user: who, verb: 'submit' });
        expect(subjects.parseReportSubject(subjects.reportSubject(who))).toEqual({ node: who });
        const order = subjects.parseOrderSubject(subjects.orderSubject(who, 'wire'));
        expect(order).toEqual({ node: who, verb: 'wire' });
        const output = subjects.parseOutputSubject(subjects.outputSubject(who, job, rank));
        expect(output).toEqual({ user: who, job, rank });
        const feed = subjects.parseFeedSubject(subjects.feedSubject(who, job));
        expect(feed).toEqual({ user: who, job });
      }),
    );
  });

  test.each(['', 'a.b', 'a b', '*', '>', 'a\n', 'ñ', 'x'.repeat(65)])(
    '%j is no name of a principal',
    (bad) => {
      expect(() => subjects.userSubject(bad, 'submit')).toThrow(RangeError);
      expect(() => subjects.orderSubject(bad, 'end')).toThrow(RangeError);
    },
  );

  test.each([
    'pi.v1.user.alice.sing',
    'pi.v1.user.alice',
    'pi.v1.user.alice.jobs.more',
    'pi.v1.user..jobs',
    'pi.v2.user.alice.jobs',
    'pi.v1.order.n1.output.1',
    '',
  ])('%j is no request', (bad) => expect(subjects.askerInbox(bad)).toBeUndefined());

  test('text which is no subject is never understood', () => {
    fc.assert(
      fc.property(fc.string(), (any) => {
        expect(subjects.parseUserSubject(any)).toBeUndefined();
        expect(subjects.parseOutputSubject(`pi.v1.output.a.${any}`)).toBeUndefined();
      }),
    );
  });
});
