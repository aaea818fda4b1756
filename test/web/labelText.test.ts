import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clusterNames } from "../../web/map/labelText.js";

const phraseOf = (name: string) => name.replace(/^\d+ · /, "");
const named = (texts: (string | null)[], places: (readonly [number, number] | null)[] = []) =>
  clusterNames(texts.map((text, label) => ({ label, text, place: places[label] ?? null })));

describe("the names of clusters", () => {
  test("are of words that the other texts lack, where the texts begin alike", () => {
    const names = named([
      "A painting of a lighthouse on a cliff above the sea",
      "A painting of a bicycle leaning against a brick wall",
      "A painting of a bowl of ripe peaches",
      "A painting of a sleeping fox in the snow",
    ]);
    const telling = [/lighthouse|cliff/, /bicycle|brick/, /peaches/, /fox|snow/];
    for (const [label, words] of telling.entries()) {
      expect(names.get(label)).toMatch(words);
      expect(names.get(label)).not.toMatch(/painting/);
    }
  });

  test("differ from those of neighbours even by a word that is frequent elsewhere", () => {
    // Everywhere boats and trains are in turn; in the corner all have a harbour but one.
    const texts = [
      ...["boat harbour", "train harbour", "boat harbour", "train harbour", "boat harbour"],
      ...Array.from({ length: 30 }, (_, n) => `train number${n}`),
    ];
    const places = texts.map((_, n): [number, number] => (n < 5 ? [n / 10, 0] : [1000 + n, 1000]));
    const names = named(["boat and train together", ...texts], [[0.2, 0.1], ...places]);
    expect(names.get(0)).toMatch(/together/);
  });

  test("neither begin nor end with small words if there are others", () => {
    const names = named([
      "the old mill by the river",
      "the new bridge of the town",
      "the cat in the hat box",
    ]);
    for (const name of names.values())
      expect(phraseOf(name)).not.toMatch(/^(the|by|of|in)\b|\b(the|by|of|in)$/);
  });

  test("begin where a phrase begins, and do not join two things", () => {
    const names = named([
      "On the hill, with a lighthouse on the right and a red kite overhead",
      "In the study, a book lies open and a green lamp glows",
      "In the kitchen a loaf cools",
    ]);
    for (const name of names.values()) expect(phraseOf(name)).not.toMatch(/^(right|open|kite)|\band\b/);
  });

  test("are all different, not longer than 30 characters but for the label, and not empty", () => {
    const word = fc.constantFrom(
      "the",
      "sea",
      "lighthouse",
      "猫が眠る",
      "قطة نائمة",
      "x".repeat(60),
      "and,",
      "🐈",
      "\n",
    );
    const text = fc.option(fc.array(word, { maxLength: 12 }).map((words) => words.join(" ")));
    fc.assert(
      fc.property(fc.array(text, { maxLength: 25 }), (texts) => {
        const names = named(texts);
        expect(names.size).toBe(texts.length);
        const all = [...names.values()];
        expect(new Set(all.map((name) => name.toLowerCase())).size).toBe(all.length);
        for (const [label, name] of names) {
          expect(name).toMatch(new RegExp(`^(${label} · |cluster ${label}$)`));
          expect(phraseOf(name).trim()).not.toBe("");
          expect([...phraseOf(name)].length).toBeLessThanOrEqual(30);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("of clusters without a text say so", () => {
    expect([...named([null, null, "", "a text"]).values()]).toEqual([
      "cluster 0",
      "cluster 1",
      "cluster 2",
      "3 · text",
    ]);
  });

  test("of many clusters take no time that anybody notices", () => {
    const texts = Array.from({ length: 1000 }, (_, n) =>
      Array.from({ length: 60 }, (_, word) => `word${(n * 31 + word * word) % 997}`).join(" "),
    );
    expect(named(texts).size).toBe(1000);
  });
});
