/**
 * JSON text to values that remember where they began, so that a wrong number deep in a file can be
 * named by line and column. The grammar of RFC 8259; no repair, at most 64 levels deep.
 */
import type { ReadFault } from './readFault.ts';

export type JsonNode =
  | { readonly kind: 'leaf'; readonly value: string | number | boolean | null; readonly at: number }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[]; readonly at: number }
  | {
      readonly kind: 'object';
      readonly entries: readonly {
        readonly key: string;
        readonly at: number;
        readonly value: JsonNode;
      }[];
      readonly at: number;
    };

export type ParsedJson =
  | { readonly ok: true; readonly node: JsonNode }
  | { readonly ok: false; readonly fault: ReadFault };

/** 1-based line and column of an offset. */
export type PlaceOf = (offset: number) => { readonly line: number; readonly column: number };

export function placeFinder(text: string): PlaceOf {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

const DEEPEST = 64;
const SPACE = /[ \t\r\n]*/y;
const LEAF =
  /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null|"[^"\\]*(?:\\.[^"\\]*)*"/y;

/** What a reading function answers: a node and where it ends, or the offset of the fault. */
type Step = { readonly node: JsonNode; readonly end: number } | { readonly wrongAt: number };

export function parseJsonText(text: string): ParsedJson {
  const step = readValue(text, skip(text, 0), 0);
  let wrongAt: number | undefined;
  if ('wrongAt' in step) ({ wrongAt } = step);
  else if (skip(text, step.end) < text.length) wrongAt = skip(text, step.end);
  if (wrongAt !== undefined || 'wrongAt' in step) {
    const place = placeFinder(text)(wrongAt ?? 0);
    return { ok: false, fault: { ...place, message: 'not JSON from here on' } };
  }
  return { ok: true, node: step.node };
}

function skip(text: string, at: number): number {
  SPACE.lastIndex = at;
  SPACE.exec(text);
  return SPACE.lastIndex;
}

function readValue(text: string, at: number, depth: number): Step {
  if (depth > DEEPEST) return { wrongAt: at };
  if (text[at] === '[') return readArray(text, at, depth);
  if (text[at] === '{') return readObject(text, at, depth);
  return readLeaf(text, at);
}

function readLeaf(text: string, at: number): Step {
  LEAF.lastIndex = at;
  const found = LEAF.exec(text);
  if (!found) return { wrongAt: at };
  const end = LEAF.lastIndex;
  try {
    const value: unknown = JSON.parse(found[0]);
    const simple =
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    return { node: { kind: 'leaf', value: simple ? value : null, at }, end };
  } catch {
    return { wrongAt: at };
  }
}

function readArray(text: string, at: number, depth: number): Step {
  const items: JsonNode[] = [];
  let next = skip(text, at + 1);
  if (text[next] === ']') return { node: { kind: 'array', items, at }, end: next + 1 };
  for (;;) {
    const step = readValue(text, next, depth + 1);
    if ('wrongAt' in step) return step;
    items.push(step.node);
    next = skip(text, step.end);
    if (text[next] === ']') return { node: { kind: 'array', items, at }, end: next + 1 };
    if (text[next] !== ',') return { wrongAt: next };
    next = skip(text, next + 1);
  }
}

function readObject(text: string, at: number, depth: number): Step {
  const entries: { key: string; at: number; value: JsonNode }[] = [];
  let next = skip(text, at + 1);
  if (text[next] === '}') return { node: { kind: 'object', entries, at }, end: next + 1 };
  for (;;) {
    const key = readLeaf(text, next);
    if ('wrongAt' in key) return key;
    if (key.node.kind !== 'leaf' || typeof key.node.value !== 'string') return { wrongAt: next };
    const colon = skip(text, key.end);
    if (text[colon] !== ':') return { wrongAt: colon };
    const step = readValue(text, skip(text, colon + 1), depth + 1);
    if ('wrongAt' in step) return step;
    entries.push({ key: key.node.value, at: next, value: step.node });
    next = skip(text, step.end);
    if (text[next] === '}') return { node: { kind: 'object', entries, at }, end: next + 1 };
    if (text[next] !== ',') return { wrongAt: next };
    next = skip(text, next + 1);
  }
}

/** The plain value of a node, without places. */
export function valueOfNode(node: JsonNode): unknown {
  if (node.kind === 'leaf') return node.value;
  if (node.kind === 'array') return node.items.map(valueOfNode);
  return Object.fromEntries(node.entries.map(({ key, value }) => [key, valueOfNode(value)]));
}
