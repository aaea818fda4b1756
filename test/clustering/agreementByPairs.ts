/** The adjusted Rand index by its definition: the share of pairs that both groupings treat alike, corrected for chance. */
export function agreementByPairs(a: Int32Array, b: Int32Array): number {
  let both = 0;
  let inA = 0;
  let inB = 0;
  let pairs = 0;
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      pairs++;
      if (a[i] === a[j]) inA++;
      if (b[i] === b[j]) inB++;
      if (a[i] === a[j] && b[i] === b[j]) both++;
    }
  }
  if (inA === both && inB === both) return 1;
  const expected = (inA * inB) / pairs;
  return (both - expected) / ((inA + inB) / 2 - expected);
}
