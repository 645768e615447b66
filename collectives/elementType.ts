/** The element types that travel at full speed, their wire codes and sizes. */

export type TypedArray =
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | BigInt64Array
  | BigUint64Array;

/** A constructor of one of the typed arrays, e.g. `Float64Array`. */
export type TypedArrayConstructor<A extends TypedArray = TypedArray> = {
  readonly name: string;
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): A;
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): A;
};

const CONSTRUCTORS: readonly TypedArrayConstructor[] = [
  Float64Array,
  Float32Array,
  Int32Array,
  Uint32Array,
  Int16Array,
  Uint16Array,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  BigInt64Array,
  BigUint64Array,
];

/** Wire codes: 0 is nothing, 1..11 the typed arrays in the order above, then these. */
export const NOTHING = 0;
export const FLOAT64 = 1;
export const UINT8 = 8;
export const VALUE = 12;
export const NUMBER = 13;
export const PAIR = 14;
/** In a call's signature: this rank does not know the type. */
export const ANY_TYPE = 255;

const CODE_OF_TAG = new Map(CONSTRUCTORS.map((constructor, i) => [constructor.name, i + 1]));

export const isTypedArray = (value: unknown): value is TypedArray =>
  ArrayBuffer.isView(value) && !(value instanceof DataView);

/** The code of an array's element type; subclasses (Buffer) count as their base. */
export const typeCodeOf = (array: TypedArray): number =>
  CODE_OF_TAG.get(array[Symbol.toStringTag]) ?? UINT8;

export const isTypedArrayCode = (code: number): boolean =>
  code >= FLOAT64 && code <= CONSTRUCTORS.length;

/** The constructor for a code 1..11. Errors: RangeError for a code that a broken peer made up. */
export function constructorOf(code: number): TypedArrayConstructor {
  const constructor = CONSTRUCTORS[code - 1];
  if (constructor === undefined) throw new RangeError(`no element type has code ${code}`);
  return constructor;
}

export function typeName(code: number): string {
  if (isTypedArrayCode(code)) return constructorOf(code).name;
  if (code === NUMBER) return 'number';
  if (code === PAIR) return 'pair';
  return code === VALUE ? 'value' : 'any';
}
