/** Sets of nodes as bits, by their places in the pool: thirty-two nodes are asked in one step. */
export type NodeSet = Int32Array;

export const emptySet = (nodes: number): NodeSet => new Int32Array((nodes + 31) >>> 5);

export function addNode(set: NodeSet, index: number): void {
  set[index >>> 5] = (set[index >>> 5] ?? 0) | (1 << (index & 31));
}

export const hasNode = (set: NodeSet, index: number): boolean =>
  (((set[index >>> 5] as number) >>> (index & 31)) & 1) === 1;

export function setOf(nodes: number, indexes: Iterable<number>): NodeSet {
  const set = emptySet(nodes);
  for (const index of indexes) addNode(set, index);
  return set;
}

/** Ones among 32 bits (Warren, Hacker's Delight, 5-1). */
export function bitCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** A set that does not change: as bits where it is large, as places where it is small. */
export type Members = { readonly places: readonly number[]; readonly bits: NodeSet | undefined };

export const membersOf = (nodes: number, places: readonly number[]): Members => ({
  places,
  bits: places.length * 32 > nodes ? setOf(nodes, places) : undefined,
});

/** Adds those of `among` to `set`; how many of them are new to it, negative when one of them is needed. */
export function addMembers(
  set: NodeSet,
  { places, bits }: Members,
  { among, needed }: { readonly among: NodeSet; readonly needed: NodeSet | undefined },
): number {
  let count = 0;
  let wanted = 0;
  if (bits) {
    for (let at = 0; at < bits.length; at += 1) {
      const before = set[at] as number;
      const fresh = (bits[at] as number) & (among[at] as number) & ~before;
      if (fresh === 0) continue;
      set[at] = before | fresh;
      count += bitCount(fresh);
      if (needed) wanted |= fresh & (needed[at] as number);
    }
  } else {
    for (let at = 0; at < places.length; at += 1) {
      const index = places[at] as number;
      const word = index >>> 5;
      const fresh = (1 << (index & 31)) & (among[word] as number) & ~(set[word] as number);
      if (fresh === 0) continue;
      set[word] = (set[word] as number) | fresh;
      count += 1;
      if (needed) wanted |= fresh & (needed[word] as number);
    }
  }
  return wanted === 0 ? count : -count;
}

/** Takes away those that are not `among`, or in `but`. */
export function keepAmong(set: NodeSet, among: NodeSet, but: NodeSet): void {
  for (let at = 0; at < set.length; at += 1) {
    set[at] = (set[at] as number) & (among[at] as number) & ~(but[at] as number);
  }
}

export function haveCommon(a: NodeSet, b: NodeSet): boolean {
  for (let at = 0; at < a.length; at += 1) {
    if (((a[at] as number) & (b[at] as number)) !== 0) return true;
  }
  return false;
}

export function countNodes(set: NodeSet): number {
  let count = 0;
  for (let at = 0; at < set.length; at += 1) count += bitCount(set[at] as number);
  return count;
}

/** The first of the set from that place on; -1 when there is none. */
export function nextNode(set: NodeSet, from: number): number {
  for (let word = from >>> 5; word < set.length; word += 1) {
    const first = word === from >>> 5 ? -1 << (from & 31) : -1;
    const left = (set[word] as number) & first;
    if (left !== 0) return 32 * word + 31 - Math.clz32(left & -left);
  }
  return -1;
}

export function anyOf({ places, bits }: Members, among: NodeSet): boolean {
  return bits ? haveCommon(bits, among) : places.some((index) => hasNode(among, index));
}

export function uniteMembers(set: NodeSet, { places, bits }: Members): void {
  if (bits) {
    for (let at = 0; at < bits.length; at += 1)
      set[at] = (set[at] as number) | (bits[at] as number);
    return;
  }
  for (let at = 0; at < places.length; at += 1) addNode(set, places[at] as number);
}
