/**
 * C = A B for some rows of A. Matrices are row after row in one Float64Array. The inner loop
 * walks along rows of B and C, so memory is read in order.
 */
export function blockProduct(rowsOfA: Float64Array, b: Float64Array, order: number): Float64Array {
  const rowCount = rowsOfA.length / order;
  const c = new Float64Array(rowsOfA.length);
  for (let row = 0; row < rowCount; row += 1) {
    const target = c.subarray(row * order, (row + 1) * order);
    for (let k = 0; k < order; k += 1) {
      const factor = rowsOfA[row * order + k] ?? 0;
      addScaledRow(target, b, { factor, from: k * order });
    }
  }
  return c;
}

function addScaledRow(
  target: Float64Array,
  b: Float64Array,
  { factor, from }: { readonly factor: number; readonly from: number },
): void {
  for (let column = 0; column < target.length; column += 1) {
    target[column] = (target[column] ?? 0) + factor * (b[from + column] ?? 0);
  }
}

/** One multiplication and one addition per step. */
export function flopsOf(order: number): number {
  return 2 * order ** 3;
}
