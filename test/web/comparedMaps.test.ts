import { describe, expect, test } from "vitest";
import { commonRows } from "../../web/compare/commonRows.js";
import { readCluster, writeCluster } from "../../web/compare/selection.js";
import { PointTable } from "../../web/map/pointTable.js";
import { batchOf, tableOf } from "./made.js";

describe("two maps that are compared", () => {
  test("have the embeddings of a cluster in common, in whatever order they arrive", () => {
    const first = tableOf([0, 0, 1, -1, 0].map((label) => ({ label })));
    // Embeddings 4, 3, …, 0, of which the other clustering has one more and lacks none.
    const second = new PointTable(6);
    const labels = [3, 3, -1, 0, 0, 1];
    for (const n of [5, 4, 3, 2, 1, 0]) second.append(batchOf([{ label: labels[n], x: n }], n));
    const common = (label: number) => {
      const rows = commonRows(first, label, second);
      return [...rows.keys()].filter((row) => rows[row] === 1).map((row) => second.x[row]);
    };
    expect(common(0).sort()).toEqual([0, 1, 4]);
    expect(common(1)).toEqual([2]);
    expect(common(-1)).toEqual([3]);
    expect(common(7)).toEqual([]);
    expect([...commonRows(second, 1, first)]).toEqual([0, 0, 0, 0, 0]); // it took no part in the first
  });

  test("say in the address what is selected", () => {
    for (const cluster of [
      { side: "from", label: 0 },
      { side: "to", label: -1 },
      { side: "to", label: 1234 },
      null,
    ] as const)
      expect(readCluster(writeCluster(cluster))).toEqual(cluster);
    for (const text of [
      "",
      "from",
      "from,",
      "from,-2",
      "from,1.5",
      "both,1",
      "to,1,2",
      "to,9999999999",
      " to,1",
    ])
      expect(readCluster(text)).toBeNull();
  });
});
