/**
 * job.yaml as text: parsed once (YAML 1.2 core), with the place of every value kept. Aliases,
 * custom tags and duplicate keys are refused: none of them is needed, each can surprise.
 */
import {
  type Document,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  YAMLError,
} from 'yaml';
import { type Complaint, JobFileError } from './place.ts';

export type YamlPath = readonly (string | number)[];

export type YamlText = {
  /** Plain data: objects, arrays, strings, numbers, booleans, null. */
  readonly data: unknown;
  /** Where the value at the path, or else its nearest parent, begins. */
  readonly valueAt: (path: YamlPath) => Place;
  /** Where the last step of the path is written as a key. */
  readonly keyAt: (path: YamlPath) => Place;
  /** A scalar as it is written, without quotes: `0755` stays `0755`. */
  readonly textAt: (path: YamlPath) => string | undefined;
};

type Place = Pick<Complaint, 'line' | 'column'>;

/** Errors: JobFileError. */
export function readYaml(file: string, text: string): YamlText {
  const lines = new LineCounter();
  const place = (offset: number | undefined): Place => {
    const { line, col } = lines.linePos(offset ?? 0);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const complain = (offset: number | undefined, message: string): JobFileError =>
    new JobFileError(file, [{ ...place(offset), message }]);

  const document = parse(text, lines, complain);
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    throw new JobFileError(
      file,
      faults.map((fault) => ({ ...place(fault.pos[0]), message: plainFault(fault) })),
    );
  }
  visit(document, {
    Alias(_, alias) {
      throw complain(alias.range?.[0], `an alias (*${alias.source}) is not supported here`);
    },
  });
  const data: unknown = document.toJS({ maxAliasCount: 0 });
  return { data, ...placesOf(document, place) };
}

function parse(
  text: string,
  lines: LineCounter,
  complain: (offset: number, message: string) => JobFileError,
): Document.Parsed {
  try {
    const options = { prettyErrors: false, version: '1.2', logLevel: 'error' } as const;
    return parseDocument(text, { ...options, lineCounter: lines });
  } catch (error) {
    if (error instanceof YAMLError) throw complain(error.pos[0], error.message);
    if (error instanceof RangeError) throw complain(0, 'nested too deeply');
    throw error;
  }
}

const plainFault = ({ code, message }: YAMLError): string =>
  code === 'DUPLICATE_KEY' ? 'the same key twice' : message;

function placesOf(
  document: Document.Parsed,
  place: (offset: number | undefined) => Place,
): Omit<YamlText, 'data'> {
  const nodeAt = (path: YamlPath): unknown =>
    path.length === 0 ? document.contents : document.getIn(path, true);
  const valueAt = (path: YamlPath): Place => {
    const node = nodeAt(path);
    if (isNode(node) && node.range) return place(node.range[0]);
    return path.length === 0 ? place(0) : valueAt(path.slice(0, -1));
  };
  const keyAt = (path: YamlPath): Place => {
    const parent = nodeAt(path.slice(0, -1));
    const wanted = path.at(-1);
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(wanted))
      : undefined;
    const key = pair?.key;
    return isNode(key) && key.range ? place(key.range[0]) : valueAt(path);
  };
  const textAt = (path: YamlPath): string | undefined => {
    const node = nodeAt(path);
    if (!isScalar(node)) return undefined;
    return node.source ?? String(node.value);
  };
  return { valueAt, keyAt, textAt };
}
