import { expect } from "vitest";
import { assignedLinks, type Links } from "../../src/clustering/assignedLinks.js";
import type { HdbscanParameters, HdbscanResult, Points } from "../../src/clustering/index.js";
import { kernelModule } from "../../src/clustering/kernel/kernel.js";
import { NearestByReachability } from "../../src/clustering/nearestByReachability.js";
import { shuffled } from "./shuffled.js";

export interface Search extends Points {
  parameters: HdbscanParameters;
  blockRows?: number;
  seed?: number;
  module?: WebAssembly.Module | null;
}

/** The links of some vectors to a clustering of rows, each distinct one of which is offered once. */
export function linksOf(vectors: Float32Array, result: HdbscanResult, search: Search): Links {
  const { data, dimensions, blockRows = 64, seed = 1, module = kernelModule() } = search;
  const { minSamples, alpha, metric, normalize } = search.parameters;
  const { spanningTree: tree } = result;
  const how = { dimensions, metric, normalize, minSamples, alpha };
  const links = new NearestByReachability(vectors, tree, how, blockRows, module);
  const rowOf = new Int32Array(tree.weights.length);
  for (const [row, point] of tree.points.entries()) rowOf[point] = row;
  let passes = 0;
  do {
    const order = Int32Array.from(shuffled(rowOf.length, seed + passes));
    for (let start = 0; start < order.length; start += blockRows) {
      const numbers = order.slice(start, start + blockRows);
      const block = new Float32Array(numbers.length * dimensions);
      for (const [at, point] of numbers.entries()) {
        const from = rowOf[point] * dimensions;
        block.set(data.subarray(from, from + dimensions), at * dimensions);
      }
      links.offer(block, numbers);
    }
    passes++;
  } while (links.endPass());
  expect(passes).toBeLessThanOrEqual(2);
  return links.links;
}

export function assigned(links: Links, result: HdbscanResult, own: HdbscanParameters) {
  const { spanningTree } = result;
  const medoids = Int32Array.from(result.medoids, (row) => spanningTree.points[row]);
  const rows = assignedLinks(spanningTree, own, medoids, links);
  if (rows === null) throw new Error("the tree gives other clusters");
  return rows;
}

/** A row that took part gets exactly what it has, and is tied to itself. */
export function expectOwn(result: HdbscanResult, search: Search): void {
  const links = linksOf(search.data, result, search);
  expect(links.points).toEqual(result.spanningTree.points);
  expect(links.heights).toEqual(new Float64Array(links.heights.length));
  const { labels, probabilities } = assigned(links, result, search.parameters);
  expect(labels).toEqual(result.labels);
  expect(probabilities).toEqual(result.probabilities);
}
