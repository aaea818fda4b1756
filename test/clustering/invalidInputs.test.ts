import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import * as library from "../../src/clustering/index.js";

const { InvalidClusteringInputError } = library;

/** Values that only an error in a program passes, and that have code of their own which throws. */
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const hostile = {
  get [Symbol.toStringTag](): string {
    throw new Error("code of the value");
  },
};
const of = (code: string): unknown => runInNewContext(code);
const strange = [5n, Symbol("five"), [5], {}, new Date(0), () => 5, revoked.proxy, hostile, of("[5]")];

/** What is wrong for each kind of argument; what is absent has its default. */
const noCount = [null, Number.NaN, -1, 0.5, Infinity, 2 ** 53, "5", true, ...strange];
const noNumber = [null, Number.NaN, -0.5, Infinity, -Infinity, "0.5", true, ...strange];
const noChoice = [null, "NONE", "hdbscan", 0, ...strange];
const noFlag = [null, 0, 1, "true", ...strange];
const noSeed = [null, Number.NaN, 0.5, 2 ** 31, -(2 ** 31) - 1, Infinity, "5", ...strange];
const noFunction = [null, 0, "f", [], {}, hostile];
const noSignal = [null, 0, "abort", {}, { aborted: false }, [], hostile];
const noCell = [null, 0, [0], new Int32Array(1), new Float32Array(new SharedArrayBuffer(4)), hostile];
const noEmptyCell = new Int32Array(new SharedArrayBuffer(0));
const noObject = [null, 0, "text", true, [], new Map(), () => {}, Symbol("options"), revoked.proxy, of("[]")];
const above = (most: number): unknown[] => [most + 1, Number.MAX_SAFE_INTEGER];
const notNull = (wrong: unknown[]): unknown[] => wrong.filter((value) => value !== null);

type WrongValues = Record<string, unknown[]>;

const ROWS = 20;
const DIMENSIONS = 3;
const ofRun: WrongValues = {
  threads: [0, ...noCount],
  signal: noSignal,
  standAside: [...noCell, noEmptyCell],
  onProgress: noFunction,
  onFacts: noFunction,
};
const ofMetric: WrongValues = { metric: noChoice, normalize: noFlag };
const ofReduction: WrongValues = {
  method: notNull(noChoice),
  dimensions: [0, ...above(DIMENSIONS), ...notNull(noCount)],
  neighbours: [0, 1, ...above(1_000), ...notNull(noCount)],
  minDistance: [1.5, ...notNull(noNumber)],
  seed: notNull(noSeed),
};
const ofHdbscan: WrongValues = {
  algorithm: noChoice,
  minClusterSize: [0, 1, ...notNull(noCount)],
  minSamples: [0, ...notNull(noCount)],
  clusterSelectionMethod: noChoice,
  clusterSelectionEpsilon: noNumber,
  maxClusterSize: [0, 4, ...notNull(noCount)],
  alpha: [0, ...noNumber],
  allowSingleCluster: noFlag,
  reduction: notNull(noObject),
  ...ofMetric,
};
const ofLayout: WrongValues = {
  dimensions: [0, ...above(DIMENSIONS), ...noCount],
  neighbours: [0, 1, ...above(1_000), ...noCount],
  minDistance: [1.5, ...noNumber],
  spread: [0, 0.001, ...above(100), ...noNumber],
  epochs: [0, ...above(100_000), ...notNull(noCount)],
  seed: noSeed,
  ...ofMetric,
};
const ofProjection: WrongValues = {
  dimensions: [0, ...above(DIMENSIONS), ...noCount],
  normalize: noFlag,
};
const ofTrustworthiness: WrongValues = {
  neighbours: [0, ...above(1_000), ...noCount],
  sample: [0, ...noCount],
  ...ofMetric,
};

const rows = (dimensions: number): library.Points => ({
  data: Float32Array.from({ length: ROWS * dimensions }, (_, at) => Math.sin(at * at)),
  dimensions,
});
const points = rows(DIMENSIONS);
const places = rows(2);

/** Calls with one argument that is wrong: its place, the field that the error names, the argument and the value that it names. */
type Wrong = [at: number, field: string, given: unknown, value: unknown];

const plain = (at: number, field: string, values: unknown[]): Wrong[] =>
  values.map((value) => [at, field, value, value]);
const options = (at: number, wrong: WrongValues): Wrong[] => [
  ...plain(at, "options", noObject),
  [at, "nonsense", { nonsense: 1 }, 1],
  ...Object.entries(wrong).flatMap(([name, values]) =>
    values.map((value): Wrong => [at, name, { [name]: value }, value]),
  ),
];
const reduction = (at: number): Wrong[] => [
  [at, "reduction.nonsense", { reduction: { nonsense: 1 } }, 1],
  ...Object.entries(ofReduction).flatMap(([name, values]) =>
    values.map((value): Wrong => {
      const given = { reduction: { dimensions: 2, [name]: value } };
      return [at, `reduction.${name}`, given, value];
    }),
  ),
  [at, "reduction.seed", { reduction: { method: "PCA", dimensions: 2, seed: 5 } }, 5],
];

function detached(): Float32Array {
  const { data } = rows(DIMENSIONS);
  structuredClone(data.buffer, { transfer: [data.buffer as ArrayBuffer] });
  return data;
}

/** What is no array of float32 numbers, with how the error calls it. */
const noData: [unknown, unknown][] = [
  [undefined, "undefined"],
  [null, "null"],
  [[1, 2, 3], "Array"],
  [of("[1, 2, 3]"), "Array"],
  [new Float64Array(3), "Float64Array"],
  [of("new Float64Array(3)"), "Float64Array"],
  [new Float32Array(3).buffer, "ArrayBuffer"],
  [new DataView(new ArrayBuffer(12)), "DataView"],
  ["1,2,3", "string"],
  [3, "number"],
  [{ length: 3 }, "Object"],
  [new Proxy(new Float32Array(3), {}), "Object"],
  [revoked.proxy, "object"],
  [detached(), "detached"],
  [new Float32Array(7), 7],
];
const ofPoints: Wrong[] = [
  ...plain(0, "points", [undefined, new Float32Array(3), ...noObject]),
  ...plain(0, "dimensions", [undefined, 0, ...noCount]).map(
    ([at, field, dimensions, value]): Wrong => [at, field, { ...points, dimensions }, value],
  ),
  ...noData.map(([data, value]): Wrong => [0, "data", { data, dimensions: 3 }, value]),
  ...[Number.NaN, Infinity, -Infinity].map(
    (value): Wrong => [0, "data", { data: points.data.with(7, value), dimensions: 3 }, value],
  ),
];
const ofPlaces: Wrong[] = [
  ...plain(1, "places", [undefined, new Float32Array(3), ...noObject]),
  ...plain(1, "places", [undefined, 0, ...noCount]).map(
    ([at, field, dimensions, value]): Wrong => [at, field, { ...places, dimensions }, value],
  ),
  ...noData.map(([data, value]): Wrong => [1, "places", { data, dimensions: 2 }, value]),
  [1, "places", { data: rows(1).data, dimensions: 2 }, ROWS],
  [1, "places", { data: places.data.with(7, Number.NaN), dimensions: 2 }, Number.NaN],
];
const ofEstimate = (dimensions: string): Wrong[] => [
  ...plain(0, "rows", [undefined, ...noCount]),
  ...plain(1, dimensions, [undefined, 0, ...noCount]),
  ...plain(3, "threads", [0, ...noCount]),
  ...plain(4, "distinct", [ROWS + 1, ...noCount]),
];
const rowDimensions: Wrong[] = plain(
  1,
  "rowDimensions",
  [0, ...noCount].filter((value) => value !== Infinity),
);

const estimated = [ROWS, DIMENSIONS, {}, 1, ROWS];

/** Per function of the library: arguments that are valid, and all that may be wrong with them. */
const functions: Record<string, { valid: unknown[]; wrong: Wrong[] }> = {
  hdbscan: {
    valid: [points, {}],
    wrong: [
      ...ofPoints,
      ...options(1, { ...ofHdbscan, ...ofRun }),
      ...reduction(1),
      [1, "minSamples", { minSamples: ROWS + 1 }, ROWS + 1],
    ],
  },
  layOut: { valid: [points, {}], wrong: [...ofPoints, ...options(1, { ...ofLayout, ...ofRun })] },
  project: { valid: [points, {}], wrong: [...ofPoints, ...options(1, { ...ofProjection, ...ofRun })] },
  trustworthiness: {
    valid: [points, places, {}],
    wrong: [...ofPoints, ...ofPlaces, ...options(2, { ...ofTrustworthiness, ...ofRun })],
  },
  estimate: {
    valid: estimated,
    wrong: [...ofEstimate("dimensions"), ...options(2, ofHdbscan), ...reduction(2)],
  },
  estimateLayout: { valid: estimated, wrong: [...ofEstimate("rowDimensions"), ...options(2, ofLayout)] },
  estimateProjection: {
    valid: estimated,
    wrong: [...ofEstimate("rowDimensions"), ...options(2, ofProjection)],
  },
  estimateTrustworthiness: {
    valid: estimated,
    wrong: [...ofEstimate("rowDimensions"), ...options(2, ofTrustworthiness)],
  },
  resolveParameters: {
    valid: [{}, DIMENSIONS],
    wrong: [...options(0, ofHdbscan), ...reduction(0), ...rowDimensions],
  },
  parameterFaults: {
    valid: [{}, DIMENSIONS],
    wrong: [...plain(0, "options", [undefined]), ...options(0, ofHdbscan), ...reduction(0), ...rowDimensions],
  },
  resolveLayoutParameters: { valid: [{}, DIMENSIONS], wrong: [...options(0, ofLayout), ...rowDimensions] },
  layoutParameterFaults: {
    valid: [{}, DIMENSIONS],
    wrong: [...plain(0, "options", [undefined]), ...options(0, ofLayout), ...rowDimensions],
  },
  pickParameters: { valid: [{ other: 1 }], wrong: plain(0, "source", [undefined, ...noObject]) },
  parametersOfUmapWithPca: {
    valid: [{}, {}],
    wrong: [
      ...plain(0, "given", [undefined, ...noObject]),
      ...plain(1, "defaults", [undefined, ...noObject]),
      ...[5, "5", Number.NaN].map((seed): Wrong => [0, "seed", { seed }, seed]),
    ],
  },
};

type Called = (...given: unknown[]) => unknown;
const exported = new Map(Object.entries(library).filter(([, value]) => typeof value === "function"));
const called = (name: string) => exported.get(name) as Called;

/** The error of a call: thrown, rejected, or the first of the faults that it returns. */
async function errorOf(name: string, given: unknown[]): Promise<unknown> {
  try {
    const returned = await called(name)(...given);
    return Array.isArray(returned) ? returned[0] : undefined;
  } catch (error) {
    return error;
  }
}

it("every function of the library is tested", () => {
  const names = [...exported.keys()].filter((name) => name !== "InvalidClusteringInputError");
  expect(Object.keys(functions).sort()).toEqual(names.sort());
});

describe.each(Object.entries(functions))("%s", (name, { valid, wrong }) => {
  it("accepts what is valid", async () => {
    expect(await errorOf(name, valid)).toBeUndefined();
  });

  it("refuses everything else by the name of the field and the value, with its own error", async () => {
    for (const [at, field, given, value] of wrong) {
      const error = await errorOf(name, valid.with(at, given));
      const what = `${name}: ${field}, ${wrong.findIndex((each) => each[2] === given)}: ${error}`;
      expect(error, what).toBeInstanceOf(InvalidClusteringInputError);
      const { field: named, value: refused, message } = error as library.InvalidClusteringInputError;
      expect(named, what).toBe(field);
      // Compared without looking into them, as some throw.
      expect(Object.is(refused, value), what).toBe(true);
      if (field !== "data" || typeof value !== "number" || value === 7) expect(message).toContain(field);
      expect(message.length, what).toBeLessThan(600);
    }
  });
});

describe("no arguments at all", () => {
  it.each([
    ["hdbscan", "points"],
    ["layOut", "points"],
    ["project", "points"],
    ["trustworthiness", "points"],
    ["estimate", "rows"],
    ["estimateLayout", "rows"],
    ["estimateProjection", "rows"],
    ["estimateTrustworthiness", "rows"],
    ["parameterFaults", "options"],
    ["layoutParameterFaults", "options"],
    ["pickParameters", "source"],
    ["parametersOfUmapWithPca", "given"],
  ])("%s asks for %s", async (name, field) => {
    const error = await errorOf(name, []);
    expect(error).toBeInstanceOf(InvalidClusteringInputError);
    expect(error).toMatchObject({ field });
  });
});

describe("what is unusual, but valid", () => {
  const runs: [string, (given: library.Points) => Promise<unknown>][] = [
    ["hdbscan", (given) => library.hdbscan(given)],
    ["hdbscan by PCA", (given) => library.hdbscan(given, { reduction: { method: "PCA", dimensions: 2 } })],
    ["layOut", (given) => library.layOut(given)],
    ["project", (given) => library.project(given)],
    [
      "trustworthiness",
      (given) => library.trustworthiness(given, { data: new Float32Array(2 * rowsOf(given)), dimensions: 2 }),
    ],
  ];
  const rowsOf = ({ data, dimensions }: library.Points): number =>
    Math.floor(Object.getPrototypeOf(data) === Float32Array.prototype ? data.length / dimensions : ROWS);

  it.each(runs)("%s takes an array of another realm, and one that redefines its length", async (_, run) => {
    const expected = await run(points);
    const foreign = of(`new Float32Array(${JSON.stringify([...points.data])})`) as Float32Array;
    expect(await run({ data: foreign, dimensions: DIMENSIONS })).toEqual(expected);
    class Liar extends Float32Array {
      override get length(): number {
        return 2 ** 40;
      }
      override get byteOffset(): number {
        return 4;
      }
    }
    const liar = new Liar(points.data.buffer as ArrayBuffer);
    expect(await run({ data: liar, dimensions: DIMENSIONS })).toEqual(expected);
  });

  it.each(runs)("%s of no rows takes any number of dimensions", async (_, run) => {
    for (const dimensions of [2, 1e9, Number.MAX_SAFE_INTEGER]) {
      await run({ data: new Float32Array(0), dimensions });
    }
  });

  it.each([
    library.estimate,
    library.estimateLayout,
    library.estimateProjection,
    library.estimateTrustworthiness,
  ])("%o is finite for the largest arguments", (estimate) => {
    const most = Number.MAX_SAFE_INTEGER;
    for (const given of [
      [most, most],
      [0, most],
      [most, 2, {}, most, 0],
    ] as [number, number][]) {
      const { bytes, seconds } = estimate(...given);
      expect(Number.isFinite(bytes) && bytes >= 0).toBe(true);
      expect(Number.isFinite(seconds) && seconds >= 0).toBe(true);
    }
  });
});
