/** The size of a neighbourhood, without the row itself, and the number of rows that are sampled. */
const NEIGHBOURS = 15;
const SAMPLE = 1_000;

/**
 * How far a layout keeps neighbourhoods (Venna & Kaski 2001), each 0 to 1: trustworthiness falls with places that are
 * near each other though their rows are not, continuity with rows that are near each other though their places are
 * not. Of evenly sampled rows, each compared with all.
 */
export function neighbourhoodsKept(rows, dimensions, places, layoutDimensions) {
  const count = rows.length / dimensions;
  const sampled = Math.min(SAMPLE, count);
  const squares = [new Float64Array(count), new Float64Array(count)];
  let intruders = 0;
  let lost = 0;
  for (let s = 0; s < sampled; s++) {
    const row = Math.floor((s * count) / sampled);
    squaresFrom(rows, dimensions, row, squares[0]);
    squaresFrom(places, layoutDimensions, row, squares[1]);
    intruders += excess(squares[0], nearest(squares[1], row), row);
    lost += excess(squares[1], nearest(squares[0], row), row);
  }
  const scale = 2 / (sampled * NEIGHBOURS * (2 * count - 3 * NEIGHBOURS - 1));
  return { trustworthiness: 1 - scale * intruders, continuity: 1 - scale * lost };
}

function squaresFrom(rows, dimensions, row, squares) {
  for (let other = 0; other < squares.length; other++) {
    let sum = 0;
    for (let c = 0, a = row * dimensions, b = other * dimensions; c < dimensions; c++, a++, b++) {
      sum += (rows[a] - rows[b]) ** 2;
    }
    squares[other] = sum;
  }
}

function nearest(squares, row) {
  const limit = squares.toSorted()[NEIGHBOURS];
  const found = [];
  squares.forEach((square, other) => {
    if (square <= limit && other !== row) found.push(other);
  });
  return found.sort((a, b) => squares[a] - squares[b]).slice(0, NEIGHBOURS);
}

/** By how much the ranks of the found rows exceed the size of the neighbourhood, added up. */
function excess(squares, found, row) {
  let sum = 0;
  for (const other of found) {
    let rank = 1;
    for (let each = 0; each < squares.length; each++) {
      if (each !== row && squares[each] < squares[other]) rank++;
    }
    sum += Math.max(0, rank - NEIGHBOURS);
  }
  return sum;
}
