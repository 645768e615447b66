/** A YAML (or JSON) text as data, and where in it every key stands. */
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type YAMLError } from 'yaml';
import { type Fault, type Place, SettingsError } from './settingsError.ts';

export type KeyPath = readonly (string | number)[];

/** What is wrong with the value of a key, or with the key. */
export type KeyFault = { readonly path: KeyPath; readonly message: string };

export type YamlData = {
  readonly data: unknown;
  /** Of the key in its map, of the item in its list; of the nearest thing above it that is there. */
  placeOf(path: KeyPath): Place;
};

/** Lines are shorter than any alias chain that could blow up: none are allowed. */
const OPTIONS = { prettyErrors: false, version: '1.2', logLevel: 'error' } as const;

/** An empty file is an empty map. Throws SettingsError with the first fault of the syntax. */
export function readYamlData(file: string, text: string): YamlData {
  const lines = new LineCounter();
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const document = parseDocument(text, { ...OPTIONS, lineCounter: lines });
  // After the first fault of the syntax all that follows is misread.
  const [wrong] = [...document.errors, ...document.warnings];
  if (wrong) throw new SettingsError(file, [{ ...at(wrong.pos[0]), message: plainMessage(wrong) }]);
  const placeOf = (path: KeyPath): Place => {
    for (let length = path.length; length > 0; length -= 1) {
      const parent: unknown =
        length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
      const offset = offsetIn(parent, path[length - 1] ?? '');
      if (offset !== undefined) return at(offset);
    }
    return { line: 1, column: 1 };
  };
  return { data: dataOf(file, () => document.toJS({ maxAliasCount: 0 })) ?? {}, placeOf };
}

function dataOf(file: string, read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new SettingsError(file, [{ line: 1, column: 1, message }] satisfies Fault[]);
  }
}

const plainMessage = (error: YAMLError): string =>
  error.code === 'DUPLICATE_KEY' ? 'the same key twice' : error.message;

function offsetIn(parent: unknown, key: string | number): number | undefined {
  if (isMap(parent)) {
    const pair = parent.items.find(
      (each) => isScalar(each.key) && `${each.key.value}` === `${key}`,
    );
    return isNode(pair?.key) ? pair.key.range?.[0] : undefined;
  }
  const item: unknown = isSeq(parent) ? parent.items[Number(key)] : undefined;
  return isNode(item) ? item.range?.[0] : undefined;
}
