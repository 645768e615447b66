/** Two matrices of small whole numbers, so that every sum of products is exact. */
export function factors(order: number): { readonly a: Float64Array; readonly b: Float64Array } {
  const a = new Float64Array(order * order);
  const b = new Float64Array(order * order);
  for (let row = 0; row < order; row += 1) {
    for (let column = 0; column < order; column += 1) {
      a[row * order + column] = ((3 * row + 5 * column) % 11) - 5;
      b[row * order + column] = ((7 * row + 2 * column) % 13) - 4;
    }
  }
  return { a, b };
}

export function columnSums(matrix: Float64Array, order: number): Float64Array {
  const sums = new Float64Array(order);
  matrix.forEach((entry, place) => {
    sums[place % order] = (sums[place % order] ?? 0) + entry;
  });
  return sums;
}

export function rowSums(matrix: Float64Array, order: number): Float64Array {
  return new Float64Array(order).map((_, row) =>
    matrix.subarray(row * order, (row + 1) * order).reduce((sum, entry) => sum + entry, 0),
  );
}

/** A square matrix times a column. */
export function productWithColumn(matrix: Float64Array, column: Float64Array): Float64Array {
  const order = column.length;
  return new Float64Array(order).map((_, row) =>
    column.reduce((sum, entry, k) => sum + entry * (matrix[row * order + k] ?? 0), 0),
  );
}
