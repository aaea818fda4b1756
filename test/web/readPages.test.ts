import { expect, test } from "vitest";
import { type Connection, readPages } from "../../web/client/readPages.js";

/** A list of numbers, and the cursors that its pages were asked for. */
function listOf(length: number, pageLength: number) {
  const asked: (string | null)[] = [];
  const readPage = async (after: string | null): Promise<Connection<number>> => {
    asked.push(after);
    const start = after === null ? 0 : Number(after) + 1;
    const end = Math.min(length, start + pageLength);
    const edges = Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i);
    return {
      edges,
      pageInfo: { hasNextPage: end < length, endCursor: edges.length > 0 ? String(end - 1) : null },
    };
  };
  return { asked, readPage };
}

const edgesOf = (pages: readonly Connection<number>[] | null) => pages!.map(({ edges }) => edges);

test.each([0, 1, 3, 4, 6, 7])("a list of %i is read to its end", async (length) => {
  const { asked, readPage } = listOf(length, 3);
  const pages = await readPages(readPage);
  expect(edgesOf(pages).flat()).toEqual(Array.from({ length }, (_, i) => i));
  expect(asked.length).toBe(Math.max(1, Math.ceil(length / 3)));
});

test("as many pages are read as there are to be, from a cursor on", async () => {
  const { asked, readPage } = listOf(20, 3);
  expect(edgesOf(await readPages(readPage, { after: "2", count: 2 }))).toEqual([
    [3, 4, 5],
    [6, 7, 8],
  ]);
  expect(asked).toEqual(["2", "5"]);
  expect(await readPages(readPage, { after: "2", count: 0 })).toEqual([]);
});

test("the last page of a list that has grown is read again, and those before it are not", async () => {
  const before = (await readPages(listOf(8, 3).readPage, { after: "2" }))!;
  expect(edgesOf(before)).toEqual([
    [3, 4, 5],
    [6, 7],
  ]);
  const { asked, readPage } = listOf(20, 3);
  const there = before.slice(0, -1);
  const pages = await readPages(readPage, { after: "2", there, count: before.length });
  expect(edgesOf(pages)).toEqual([
    [3, 4, 5],
    [6, 7, 8],
  ]);
  expect(pages!.at(-1)!.pageInfo.hasNextPage).toBe(true);
  expect(asked).toEqual(["5"]);
});

test("nothing is read after the last page, and a list that is gone is told from one that is empty", async () => {
  const whole = (await readPages(listOf(5, 3).readPage))!;
  const { asked, readPage } = listOf(20, 3);
  expect(await readPages(readPage, { there: whole, count: 9 })).toEqual(whole);
  expect(asked).toEqual([]);
  expect(await readPages(async () => null)).toBeNull();
  let reads = 0;
  const vanishing = async (after: string | null) =>
    reads++ === 0 ? listOf(5, 3).readPage(after) : undefined;
  expect(await readPages(vanishing)).toBeNull();
});
