/**
 * Fair share by Slurm's Fair Tree (Cox and Morrison 2014; the default of Slurm's multifactor plugin since 19.05): at every
 * level siblings are ordered by level fair-share = share of the siblings' shares / share of their usage;
 * a whole account goes before another. The factor of an association is its place in that order, in
 * millionths. Integers only; ties share a place.
 */

/** A user of an account (a leaf) or an account. */
export type Association =
  | {
      readonly kind: 'user';
      readonly name: string;
      readonly shares: number;
      readonly usage: number;
    }
  | {
      readonly kind: 'account';
      readonly name: string;
      readonly shares: number;
      readonly members: readonly Association[];
    };

export type FairShareRow = {
  readonly account: string;
  /** Undefined on the row of an account. */
  readonly user: string | undefined;
  readonly depth: number;
  readonly shares: number;
  /** Shares over those of its siblings, in millionths. */
  readonly shareMillionths: number;
  /** Decayed core-milliseconds, of an account those of its members. */
  readonly usage: number;
  /** Usage over that of its siblings, in millionths; 0 when nobody used anything. */
  readonly usageMillionths: number;
  /** 1,000,000 for who goes first; undefined on accounts. */
  readonly factorMillionths: number | undefined;
};

export const FACTOR_SCALE = 1_000_000;

/** One row for every account and user in the order of the tree. */
export function fairShareRows(root: readonly Association[]): readonly FairShareRow[] {
  const factors = factorsOf(root);
  const rows: FairShareRow[] = [];
  const visit = (siblings: readonly Association[], account: string, depth: number): void => {
    const shares = siblings.reduce((sum, one) => sum + one.shares, 0);
    const usage = siblings.reduce((sum, one) => sum + usageOf(one), 0);
    for (const one of siblings) {
      const isUser = one.kind === 'user';
      rows.push({
        account: isUser ? account : one.name,
        user: isUser ? one.name : undefined,
        depth,
        shares: one.shares,
        shareMillionths: millionths(one.shares, shares),
        usage: usageOf(one),
        usageMillionths: millionths(usageOf(one), usage),
        factorMillionths: isUser ? factors.get(one) : undefined,
      });
      if (!isUser) visit(one.members, one.name, depth + 1);
    }
  };
  visit(root, 'root', 0);
  return rows;
}

/** Whole millionths of a in b; 0 when b is 0. Inputs are non-negative integers. */
function millionths(a: number, b: number): number {
  return b <= 0 ? 0 : Number((BigInt(a) * BigInt(FACTOR_SCALE)) / BigInt(b));
}

export function usageOf(association: Association): number {
  if (association.kind === 'user') return association.usage;
  return association.members.reduce((sum, member) => sum + usageOf(member), 0);
}

/** An association with level fair-share = numerator / denominator; 0 below means "used nothing". */
type Placed = {
  readonly association: Association;
  readonly numerator: bigint;
  readonly denominator: bigint;
};

function factorsOf(root: readonly Association[]): ReadonlyMap<Association, number> {
  const users = countUsers(root);
  const factors = new Map<Association, number>();
  let place = users;
  const assign = (group: readonly Placed[]): void => {
    for (const tied of tiedGroups(group)) {
      const leaves = tied.filter(({ association }) => association.kind === 'user');
      const factor = millionths(place, users);
      for (const { association } of leaves) factors.set(association, factor);
      place -= leaves.length;
      // Members of tied accounts compete as if they were siblings.
      const members = tied.flatMap(({ association }) =>
        association.kind === 'account' ? placed(association.members) : [],
      );
      if (members.length > 0) assign(members);
    }
  };
  assign(placed(root));
  return factors;
}

function countUsers(associations: readonly Association[]): number {
  return associations.reduce(
    (sum, one) => sum + (one.kind === 'user' ? 1 : countUsers(one.members)),
    0,
  );
}

/** shares / sum of shares, over usage / sum of usage. */
function placed(siblings: readonly Association[]): readonly Placed[] {
  const shares = BigInt(siblings.reduce((sum, one) => sum + one.shares, 0));
  const usage = BigInt(siblings.reduce((sum, one) => sum + usageOf(one), 0));
  return siblings.map((association) => ({
    association,
    numerator: BigInt(association.shares) * usage,
    denominator: shares * BigInt(usageOf(association)),
  }));
}

/** Descending by fair-share; what used nothing first, what has no shares last. */
function tiedGroups(group: readonly Placed[]): readonly (readonly Placed[])[] {
  const sorted = [...group].sort(
    (a, b) => comparePlaced(a, b) || compareNames(a.association.name, b.association.name),
  );
  const groups: Placed[][] = [];
  for (const one of sorted) {
    const last = groups.at(-1);
    if (last?.[0] && comparePlaced(last[0], one) === 0) last.push(one);
    else groups.push([one]);
  }
  return groups;
}

function comparePlaced(a: Placed, b: Placed): number {
  const [aClass, bClass] = [classOf(a), classOf(b)];
  if (aClass !== bClass) return aClass - bClass;
  if (aClass !== 1) return 0;
  const difference = b.numerator * a.denominator - a.numerator * b.denominator;
  return difference > 0n ? 1 : difference < 0n ? -1 : 0;
}

/** 0 used nothing, 1 comparable, 2 has no shares. */
function classOf({ association, denominator }: Placed): number {
  if (association.shares <= 0) return 2;
  return denominator === 0n ? 0 : 1;
}

function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
