import { createContext, runInContext } from "node:vm";
import { describe, expect, it } from "vitest";
import {
  type HdbscanOptions,
  hdbscan,
  InvalidClusteringInputError,
  type Points,
  resolveParameters,
} from "../../src/clustering/index.js";
import { random } from "./shuffled.js";

const plane = (rows: number, dimensions = 2, seed = 1): { data: Float32Array; dimensions: number } => {
  const next = random(seed);
  return { data: Float32Array.from({ length: rows * dimensions }, () => next() - 0.5), dimensions };
};

describe("invalid input is rejected with an error that names it", () => {
  const rejected: [string, HdbscanOptions, string, unknown][] = [
    ["a minClusterSize of 1", { minClusterSize: 1 }, "minClusterSize", 1],
    ["a fractional minClusterSize", { minClusterSize: 5.5 }, "minClusterSize", 5.5],
    ["a minClusterSize of NaN", { minClusterSize: Number.NaN }, "minClusterSize", Number.NaN],
    ["a minSamples of 0", { minSamples: 0 }, "minSamples", 0],
    ["more samples than rows", { minSamples: 21 }, "minSamples", 21],
    ["alpha 0", { alpha: 0 }, "alpha", 0],
    ["an infinite alpha", { alpha: Infinity }, "alpha", Infinity],
    ["an alpha that makes distances infinite", { alpha: 1e-320, minSamples: 1 }, "alpha", 1e-320],
    ["a negative epsilon", { clusterSelectionEpsilon: -1 }, "clusterSelectionEpsilon", -1],
    [
      "an epsilon that is not a number",
      { clusterSelectionEpsilon: Number.NaN },
      "clusterSelectionEpsilon",
      Number.NaN,
    ],
    ["a maxClusterSize of 0", { maxClusterSize: 0 }, "maxClusterSize", 0],
    ["a maxClusterSize below minClusterSize", { minClusterSize: 7, maxClusterSize: 6 }, "maxClusterSize", 6],
    ["a maxClusterSize below the default of minClusterSize", { maxClusterSize: 4 }, "maxClusterSize", 4],
    [
      "a maxClusterSize with LEAF",
      { maxClusterSize: 9, clusterSelectionMethod: "LEAF" },
      "maxClusterSize",
      9,
    ],
    ["an unknown metric", { metric: "MANHATTAN" as "COSINE" }, "metric", "MANHATTAN"],
    ["an unknown selection", { clusterSelectionMethod: "EOM" as "LEAF" }, "clusterSelectionMethod", "EOM"],
    ["an unknown algorithm", { algorithm: "KMEANS" as "HDBSCAN" }, "algorithm", "KMEANS"],
    ["a flag that is a string", { normalize: "no" as unknown as boolean }, "normalize", "no"],
    ["a flag that is null", { allowSingleCluster: null as unknown as boolean }, "allowSingleCluster", null],
    ["no threads", { threads: 0 }, "threads", 0],
    ["threads given as a string", { threads: "2" as unknown as number }, "threads", "2"],
    ["a listener that is not a function", { onProgress: 7 as unknown as () => void }, "onProgress", 7],
    [
      "a cell in memory that is not shared",
      { standAside: new Int32Array(1) },
      "standAside",
      new Int32Array(1),
    ],
    [
      "a signal that is not an AbortSignal",
      { signal: { aborted: true } as AbortSignal },
      "signal",
      { aborted: true },
    ],
    ["a signal that is null", { signal: null as unknown as AbortSignal }, "signal", null],
  ];
  it.each(rejected)("%s", async (_, options, field, value) => {
    const failure = hdbscan(plane(20), options);
    await expect(failure).rejects.toBeInstanceOf(InvalidClusteringInputError);
    await expect(failure).rejects.toMatchObject({ field, value, message: expect.stringContaining(field) });
  });

  it.each([Number.NaN, Infinity, -Infinity])("a row that holds %s", async (value) => {
    const points = plane(20, 3);
    points.data[7 * 3 + 1] = value;
    points.data[12 * 3] = value;
    const failure = hdbscan(points);
    await expect(failure).rejects.toBeInstanceOf(InvalidClusteringInputError);
    await expect(failure).rejects.toMatchObject({ field: "data", value, row: 7 });
  });

  it.each<HdbscanOptions>([{ metric: "COSINE" }, { normalize: true }])(
    "a row of zeros under %o",
    async (options) => {
      const points = plane(20, 3);
      points.data.fill(0, 4 * 3, 5 * 3);
      points.data[4 * 3 + 1] = -0;
      await expect(hdbscan(points, options)).rejects.toMatchObject({ field: "data", value: 0, row: 4 });
    },
  );

  it("but a row of zeros is valid in a Euclidean space", async () => {
    const points = plane(20, 3);
    points.data.fill(0, 4 * 3, 5 * 3);
    expect((await hdbscan(points)).labels.length).toBe(20);
  });

  it.each([
    ["min_cluster_size", "minClusterSize"],
    ["minClusterSise", "minClusterSize"],
    ["maxCluster_Size", "maxClusterSize"],
    ["MINSAMPLES", "minSamples"],
    ["thread", "threads"],
    ["onprogress", "onProgress"],
  ])("an option by the name of %s is rejected, and %s is suggested", async (name, meant) => {
    const failure = hdbscan(plane(20), { [name]: 30 } as HdbscanOptions);
    await expect(failure).rejects.toBeInstanceOf(InvalidClusteringInputError);
    await expect(failure).rejects.toMatchObject({
      field: name,
      value: 30,
      message: `${name} is not an option: did you mean ${meant}?`,
    });
  });

  it.each([
    ["inherited", Object.create({ min_samples: 3 }), "min_samples", 3],
    ["inherited from an object without a prototype", Object.create({ __proto__: null, size: 4 }), "size", 4],
    ["a symbol", { [Symbol("x")]: 1 }, "Symbol(x)", 1],
    ["an inherited symbol", Object.create({ [Symbol("minSamples")]: 2 }), "Symbol(minSamples)", 2],
  ])("an option whose name is %s", async (_, options, field, value) => {
    const failure = hdbscan(plane(20), options);
    await expect(failure).rejects.toBeInstanceOf(InvalidClusteringInputError);
    await expect(failure).rejects.toMatchObject({
      field,
      value,
      message: expect.stringContaining(`${field} is not an option`),
    });
  });

  it("but options may be inherited with their names, and methods are not options", async () => {
    class Options {
      minClusterSize = 3;
      describe() {}
    }
    const { labels } = await hdbscan(plane(20), Object.create(new Options()));
    expect(labels).toEqual((await hdbscan(plane(20), { minClusterSize: 3 })).labels);
  });

  it("an option whose name resembles no other, with the list of options", async () => {
    const failure = hdbscan(plane(20), { leafSize: undefined } as HdbscanOptions);
    await expect(failure).rejects.toMatchObject({
      field: "leafSize",
      message: expect.stringMatching(/^leafSize is not an option: the options are .*minSamples.*threads/),
    });
    const long = await hdbscan(plane(20), { ["x".repeat(1e6)]: 1 } as HdbscanOptions).catch((error) => error);
    expect(long).toBeInstanceOf(InvalidClusteringInputError);
    expect(long.message.length).toBeLessThan(400);
  });

  it.each([
    [undefined, "undefined"],
    [null, "null"],
    [new Float32Array(6), "Float32Array"],
    [[[1, 2]], "Array"],
  ])("points that are %o", async (points, type) => {
    const failure = hdbscan(points as unknown as Points);
    await expect(failure).rejects.toBeInstanceOf(InvalidClusteringInputError);
    await expect(failure).rejects.toMatchObject({
      field: "points",
      message: `points must be an object with data and dimensions; it was ${type}`,
    });
  });

  it.each([
    [null, "null"],
    [7, "number"],
    ["leaf", "string"],
    [new Map([["minClusterSize", 30]]), "Map"],
    [[], "Array"],
  ])("options that are %o", async (options, type) => {
    const failure = hdbscan(plane(20), options as HdbscanOptions);
    await expect(failure).rejects.toBeInstanceOf(InvalidClusteringInputError);
    await expect(failure).rejects.toMatchObject({
      field: "options",
      message: `options must be an object; it was ${type}`,
    });
  });

  it.each([
    [[1, 2, 3, 4], "Array"],
    [new Float64Array(4), "Float64Array"],
    [Buffer.alloc(16), "Uint8Array"],
    [{ [Symbol.toStringTag]: "Float32Array" }, "Object"],
    [Object.create({ [Symbol.toStringTag]: "Float32Array" }), "Object"],
    [undefined, "undefined"],
    [null, "null"],
    ["1,2", "string"],
  ])("data of another type: %o", async (data, type) => {
    const failure = hdbscan({ data: data as unknown as Float32Array, dimensions: 2 });
    await expect(failure).rejects.toBeInstanceOf(InvalidClusteringInputError);
    await expect(failure).rejects.toMatchObject({
      field: "data",
      value: type,
      message: `data must be a Float32Array; it was ${type}`,
    });
  });

  it("data whose memory was transferred, before or while it is copied, or has shrunk", async () => {
    const { data } = plane(20);
    structuredClone(data.buffer, { transfer: [data.buffer as ArrayBuffer] });
    await expect(hdbscan({ data, dimensions: 2 })).rejects.toMatchObject({
      field: "data",
      value: "detached",
    });

    const large = new Float32Array(2 ** 20 + 2);
    const failure = hdbscan({ data: large, dimensions: 2 });
    structuredClone(large.buffer, { transfer: [large.buffer] });
    await expect(failure).rejects.toMatchObject({ field: "data", value: "detached" });

    const resizable = Reflect.construct(ArrayBuffer, [80, { maxByteLength: 80 }]);
    const view = new Float32Array(resizable, 0, 20);
    resizable.resize(40);
    await expect(hdbscan({ data: view, dimensions: 2 })).rejects.toMatchObject({ field: "data" });
  });

  it("data that is not a whole number of rows", async () => {
    const failure = hdbscan({ data: new Float32Array(7), dimensions: 3 });
    await expect(failure).rejects.toMatchObject({ field: "data", value: 7 });
  });

  it.each([0, -1, 1.5, Number.NaN])("%s dimensions", async (dimensions) => {
    const failure = hdbscan({ data: new Float32Array(6), dimensions });
    await expect(failure).rejects.toMatchObject({ field: "dimensions", value: dimensions });
  });
});

describe("parameters", () => {
  it("have the defaults of the reference", () => {
    expect(resolveParameters()).toEqual({
      algorithm: "HDBSCAN",
      minClusterSize: 5,
      minSamples: 5,
      clusterSelectionMethod: "EXCESS_OF_MASS",
      clusterSelectionEpsilon: 0,
      maxClusterSize: null,
      alpha: 1,
      allowSingleCluster: false,
      metric: "EUCLIDEAN",
      normalize: false,
      reduction: null,
    });
  });

  it("are returned with the values that were used", async () => {
    const { parameters } = await hdbscan(plane(30), { minClusterSize: 7, metric: "COSINE" });
    expect(parameters).toEqual({
      ...resolveParameters(),
      minClusterSize: 7,
      minSamples: 7,
      metric: "COSINE",
      normalize: true,
    });
  });
});

describe("clusterSelectionEpsilon", () => {
  const labels = async (places: number[], options: HdbscanOptions) => {
    const { labels } = await hdbscan({ data: Float32Array.from(places), dimensions: 1 }, options);
    return [...labels];
  };

  it("joins clusters born below it, and none that is born at exactly this distance", async () => {
    const leaves = { minClusterSize: 2, minSamples: 1, clusterSelectionMethod: "LEAF" } as const;
    const places = [0, 1, 5, 6, 100, 101];
    const born = { ...leaves, clusterSelectionEpsilon: 4 };
    expect(await labels(places, born)).toEqual([0, 0, 1, 1, 2, 2]);
    const above = { ...leaves, clusterSelectionEpsilon: 4 + 2 ** -50 };
    expect(await labels(places, above)).toEqual([0, 0, 0, 0, 1, 1]);
  });

  it("lets a single cluster have the rows that leave it at this distance", async () => {
    const single = { minClusterSize: 4, minSamples: 1, allowSingleCluster: true };
    const places = [0, 1, 2, 3, 5, 9];
    expect(await labels(places, { ...single, clusterSelectionEpsilon: 2 })).toEqual([0, 0, 0, 0, 0, -1]);
    expect(await labels(places, { ...single, clusterSelectionEpsilon: 2 - 2 ** -50 })).toEqual([
      0, 0, 0, 0, -1, -1,
    ]);
  });

  it("may join clusters to one that is larger than maxClusterSize", async () => {
    const bounded = { minClusterSize: 2, minSamples: 1, maxClusterSize: 3 };
    const places = [0, 1, 5, 6, 100, 101];
    expect(await labels(places, bounded)).toEqual([0, 0, 1, 1, 2, 2]);
    expect(await labels(places, { ...bounded, clusterSelectionEpsilon: 5 })).toEqual([0, 0, 0, 0, 1, 1]);
  });
});

it("maxClusterSize may be minClusterSize, and limits the size of the clusters that are selected", async () => {
  const places = Float32Array.of(0, 1, 5, 6, 100, 101);
  const options = { minClusterSize: 2, minSamples: 1 };
  const sizes = async (maxClusterSize: number) => [
    ...(await hdbscan({ data: places, dimensions: 1 }, { ...options, maxClusterSize })).sizes,
  ];
  expect(await sizes(2)).toEqual([2, 2, 2]);
  expect((await sizes(4))[0]).toBeLessThanOrEqual(4);
});

describe("few rows", () => {
  it("none", async () => {
    const result = await hdbscan({ data: new Float32Array(0), dimensions: 3 });
    expect(result.labels.length).toBe(0);
    expect(result.medoids.length).toBe(0);
    expect(result.treeWeight).toBe(0);
  });

  it.each([1, 2, 4])("%i, fewer than a cluster: all outliers", async (rows) => {
    const result = await hdbscan(plane(rows), { allowSingleCluster: true });
    expect([...result.labels]).toEqual(Array(rows).fill(-1));
    expect([...result.probabilities]).toEqual(Array(rows).fill(0));
    expect(result.sizes.length).toBe(0);
    expect(result.outlierScores.every((score) => score >= 0 && score <= 1)).toBe(true);
  });
});

describe("values from another realm or of a class are accepted", () => {
  it("an array and a signal of a vm context, and data that grows", async () => {
    const points = plane(60);
    const expected = await hdbscan(points);
    const context = createContext({ numbers: [...points.data] });
    const data: Float32Array = runInContext("Float32Array.from(numbers)", context);
    expect(data).not.toBeInstanceOf(Float32Array);
    expect(await hdbscan({ data, dimensions: 2 })).toEqual(expected);
    const shared: Float32Array = runInContext(
      "const a = new Float32Array(new SharedArrayBuffer(4 * numbers.length)); a.set(numbers); a",
      context,
    );
    expect(await hdbscan({ data: shared, dimensions: 2 })).toEqual(expected);
    const growing = Reflect.construct(SharedArrayBuffer, [480, { maxByteLength: 4800 }]);
    new Float32Array(growing).set(points.data);
    const result = hdbscan({ data: new Float32Array(growing), dimensions: 2 });
    growing.grow(960);
    expect(await result).toEqual(expected);
  });

  it("options with inherited values, getters and proxies, each read once", async () => {
    let reads = 0;
    class Settings {
      get minClusterSize() {
        return ++reads > 1 ? 1 : 8;
      }
    }
    const inherited = Object.create(new Settings(), {});
    const expected = await hdbscan(plane(60), { minClusterSize: 8 });
    expect(await hdbscan(plane(60), inherited)).toEqual(expected);
    expect(reads).toBe(1);
    const readNames: PropertyKey[] = [];
    const proxy = new Proxy<HdbscanOptions>(
      { minClusterSize: 8 },
      {
        get: (target, name) => {
          readNames.push(name);
          return Reflect.get(target, name);
        },
      },
    );
    expect(await hdbscan(plane(60), proxy)).toEqual(expected);
    expect(readNames.filter((name) => name === "minClusterSize")).toHaveLength(1);
    const fault = new Error("fault of the getter");
    const failing = {
      get alpha(): number {
        throw fault;
      },
    };
    await expect(hdbscan(plane(60), failing)).rejects.toBe(fault);
  });
});

describe("behaviour towards the caller", () => {
  it("reads a SharedArrayBuffer in place and leaves it unchanged", async () => {
    const { data, dimensions } = plane(60);
    const shared = new Float32Array(new SharedArrayBuffer(data.byteLength + 8), 8, data.length);
    shared.set(data);
    const options = { minClusterSize: 5, normalize: true };
    expect(await hdbscan({ data: shared, dimensions }, options)).toEqual(
      await hdbscan({ data, dimensions }, options),
    );
    expect([...shared]).toEqual([...data]);
  });

  it("reports each stage in turn, never decreasing, up to 1", async () => {
    const seen: { stage: string; progress: number }[] = [];
    await hdbscan(plane(500), { onProgress: (progress) => seen.push(progress) });
    expect([...new Set(seen.map(({ stage }) => stage))]).toEqual([
      "PREPARING",
      "NEIGHBOURS",
      "SPANNING_TREE",
      "CLUSTERS",
      "MEDOIDS",
    ]);
    const values = seen.map(({ progress }) => progress);
    expect(values).toEqual(values.toSorted((a, b) => a - b));
    expect(values.at(-1)).toBe(1);
  });

  it("rejects with the signal's reason, before and during a clustering", async () => {
    const reason = new Error("enough");
    await expect(hdbscan(plane(50), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);

    const abort = new AbortController();
    const failure = hdbscan(plane(20_000, 8), {
      signal: abort.signal,
      onProgress: () => abort.abort(reason),
    });
    await expect(failure).rejects.toBe(reason);
  });

  it("rejects with the error that onProgress throws", async () => {
    const fault = new Error("fault of the listener");
    const failure = hdbscan(plane(50), {
      onProgress: () => {
        throw fault;
      },
    });
    await expect(failure).rejects.toBe(fault);
  });

  it.each(["onProgress", "onFacts"] as const)(
    "rejects with the reason with which a promise of %s is rejected",
    async (name) => {
      const fault = new Error("fault of the listener");
      const failure = hdbscan(plane(50), { [name]: () => Promise.reject(fault) });
      await expect(failure).rejects.toBe(fault);
    },
  );

  it("ignores a promise of onProgress that is rejected later, or never settles", async () => {
    let late: (reason: Error) => void = () => {};
    const result = await hdbscan(plane(50), {
      onProgress: () =>
        new Promise((_, reject) => {
          late = reject;
        }),
    });
    late(new Error("too late"));
    await new Promise(setImmediate);
    expect(result.labels.length).toBe(50);
  });
});
