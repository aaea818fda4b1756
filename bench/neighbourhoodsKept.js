/** The size of a neighbourhood, without the row itself, and the number of rows that are sampled. */
const NEIGHBOURS = 15;
const SAMPLE = 1_000;

/**
 * Measures how far layouts of the same rows keep neighbourhoods (Venna & Kaski 2001), each 0 to 1: trustworthiness falls
 * with places that are near each other though their rows are not, continuity with rows that are near each other though
 * their places are not. Of evenly sampled rows, each compared with all.
 *
 * With the class of each row, it also counts which share of the nearest places belong to rows of the same class.
 */
export function neighbourhoodsKept(rows, dimensions, classes = null) {
  const count = rows.length / dimensions;
  const sampled = Math.min(SAMPLE, count);
  const sample = Array.from({ length: sampled }, (_, s) => {
    const row = Math.floor((s * count) / sampled);
    const squares = squaresFrom(rows, dimensions, row);
    return { row, squares, nearest: nearest(squares, row) };
  });
  const scale = 2 / (sampled * NEIGHBOURS * (2 * count - 3 * NEIGHBOURS - 1));
  return (places, layoutDimensions) => {
    let intruders = 0;
    let lost = 0;
    let ofClass = 0;
    for (const { row, squares, nearest: nearestRows } of sample) {
      const ofPlaces = squaresFrom(places, layoutDimensions, row);
      const nearestPlaces = nearest(ofPlaces, row);
      intruders += excess(squares, nearestPlaces, row);
      if (classes !== null)
        ofClass += nearestPlaces.filter((other) => classes[other] === classes[row]).length;
      lost += excess(ofPlaces, nearestRows, row);
    }
    return {
      trustworthiness: 1 - scale * intruders,
      continuity: 1 - scale * lost,
      sameClass: classes === null ? null : ofClass / (sampled * NEIGHBOURS),
    };
  };
}

function squaresFrom(rows, dimensions, row) {
  const squares = new Float64Array(rows.length / dimensions);
  for (let other = 0; other < squares.length; other++) {
    let sum = 0;
    for (let c = 0, a = row * dimensions, b = other * dimensions; c < dimensions; c++, a++, b++) {
      sum += (rows[a] - rows[b]) ** 2;
    }
    squares[other] = sum;
  }
  return squares;
}

/** The nearest others, the nearest first. */
function nearest(squares, row) {
  const found = [];
  let limit = Infinity;
  for (let other = 0; other < squares.length; other++) {
    const square = squares[other];
    if (square >= limit || other === row) continue;
    let at = found.length;
    while (at > 0 && squares[found[at - 1]] > square) at--;
    found.splice(at, 0, other);
    if (found.length > NEIGHBOURS) found.pop();
    if (found.length === NEIGHBOURS) limit = squares[found[NEIGHBOURS - 1]];
  }
  return found;
}

/** By how much the ranks of the found rows exceed the size of the neighbourhood, added up. */
function excess(squares, found, row) {
  let sum = 0;
  for (const other of found) {
    const square = squares[other];
    let rank = 1;
    for (let each = 0; each < squares.length; each++) {
      if (squares[each] < square && each !== row) rank++;
    }
    sum += Math.max(0, rank - NEIGHBOURS);
  }
  return sum;
}
