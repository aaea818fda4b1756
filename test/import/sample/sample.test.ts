import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { experiment } from "../../../sample/experiment.js";
import { drawScene } from "../../../sample/network/drawScene.js";
import { favouriteScenes } from "../../../sample/network/favouriteScenes.js";
import { paint } from "../../../sample/network/painter.js";
import { readPicture } from "../../../sample/network/readPicture.js";
import { readSentence } from "../../../sample/network/readSentence.js";
import { view } from "../../../sample/network/viewer.js";
import { type RunInput, runInput } from "../../../sample/runInput.js";

const data = new URL("../../../sample/data/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL("manifest.json", data), "utf8"));
const content = gunzipSync(readFileSync(new URL("runs.jsonl.gz", data)));
const lines = content.toString("utf8").trimEnd().split("\n");
const runs: RunInput[] = lines.map((line) => JSON.parse(line));
const invocations = runs.flatMap((run) => run.invocations);
const texts = invocations.filter(({ type }) => type === "TEXT").map(({ outputText }) => outputText ?? "");
const pictures = invocations.flatMap(({ outputImage }) => outputImage ?? []);
const halves = readFileSync(new URL("vectors.f16", data));
const { dimensions } = manifest.embeddingModel;

/** IEEE 754 binary16. */
function widened(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : Number.POSITIVE_INFINITY;
  const size = exponent ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24;
  return bits & 0x8000 ? -size : size;
}

describe("the sample's data", () => {
  it("holds 48 runs of 60 steps, painter and viewer in alternation", () => {
    expect(runs).toHaveLength(48);
    for (const run of runs) {
      expect(run.invocations).toHaveLength(60);
      expect(run.maxLength).toBe(60);
      for (const [i, invocation] of run.invocations.entries()) {
        expect(invocation.sequenceNumber).toBe(i);
        expect(invocation.type).toBe(i % 2 === 0 ? "IMAGE" : "TEXT");
        expect(invocation.model).toBe(run.network[i % 2]);
        expect(invocation.outputText !== undefined).toBe(invocation.type === "TEXT");
        expect(invocation.outputImage !== undefined).toBe(invocation.type === "IMAGE");
      }
    }
    expect(texts).toHaveLength(1440);
    expect(pictures).toHaveLength(1440);
  });

  it("shares prompts and networks between runs, but no id", () => {
    expect(new Set(runs.map(({ initialPrompt }) => initialPrompt)).size).toBe(6);
    expect(new Set(runs.map(({ network }) => network.join(" "))).size).toBe(4);
    const ids = runs.map(({ id }) => id);
    expect(new Set(ids).size).toBe(48);
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect([...ids].sort()).toEqual(ids);
  });

  it("is under 4 MB", () => {
    const bytes = readdirSync(data).map((name) => statSync(new URL(name, data)).size);
    expect(bytes.reduce((a, b) => a + b)).toBeLessThan(4_000_000);
  });

  it("has a manifest that is correct", () => {
    expect(manifest.counts).toEqual({
      runs: 48,
      invocations: 2880,
      images: 1440,
      texts: 1440,
      embeddings: 1440,
      distinctTexts: new Set(texts).size,
    });
    expect(manifest.embeddingModel).toEqual({ name: "UniversalSentenceEncoder", dimensions: 512 });
    expect(manifest.files.runs.sha256OfContent).toBe(createHash("sha256").update(content).digest("hex"));
    expect(manifest.files.vectors.sha256).toBe(createHash("sha256").update(halves).digest("hex"));
  });

  it("has one vector for every distinct text, so that every text has its embedding", () => {
    expect(texts.every((text) => text.length > 0)).toBe(true);
    expect(manifest.files.vectors.rows).toBe(new Set(texts).size);
    expect(halves.length).toBe(new Set(texts).size * dimensions * 2);
  });

  it("has only vectors that are finite and of length 1", () => {
    for (let row = 0; row < manifest.files.vectors.rows; row++) {
      let squares = 0;
      for (let j = 0; j < dimensions; j++)
        squares += widened(halves.readUInt16LE((row * dimensions + j) * 2)) ** 2;
      expect(Math.abs(Math.sqrt(squares) - 1)).toBeLessThan(1e-2);
    }
  });

  it("has some texts that several invocations produced, and others", () => {
    const times = new Map<string, number>();
    for (const text of texts) times.set(text, (times.get(text) ?? 0) + 1);
    expect(Math.max(...times.values())).toBeGreaterThanOrEqual(10);
    expect(times.size).toBeLessThan(texts.length * 0.9);
    expect(times.size).toBeGreaterThan(texts.length * 0.4);
  });

  it("has pictures that are complete SVG documents and neither run nor load anything", () => {
    for (const { mediaType, base64 } of pictures) {
      const svg = Buffer.from(base64, "base64").toString("utf8");
      expect(mediaType).toBe("image/svg+xml");
      expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /);
      expect(svg).not.toMatch(
        /<script|<foreignObject|<image|<style|<!|<\?|\son\w+\s*=|href|url\(|javascript:|data:/i,
      );
      expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', "")).not.toContain("://");
      expect(unclosed(svg)).toEqual([]);
    }
  });
});

/** The elements that are still open at the end, or were closed in the wrong order. */
function unclosed(svg: string): string[] {
  const open: string[] = [];
  for (const [, end, name, empty] of svg.matchAll(/<(\/?)(\w+)[^<>]*?(\/?)>/g)) {
    if (end && open.pop() !== name) return [name];
    if (!end && !empty) open.push(name);
  }
  return open;
}

describe("the sample's network", () => {
  it("generates the committed runs again, byte for byte", () => {
    expect(experiment).toHaveLength(48);
    for (const [i, plan] of experiment.entries()) expect(JSON.stringify(runInput(plan, i))).toBe(lines[i]);
  });

  it("draws what a sentence describes", () => {
    const scene = readSentence(
      "A harbour at night in the rain, with two small blue boats on the left and a moon overhead.",
    );

    expect(scene).toEqual({
      setting: "harbour",
      time: "night",
      weather: "rain",
      items: [
        { kind: "boat", colour: "blue", size: "small", count: 2, place: "left" },
        { kind: "moon", colour: "yellow", size: "medium", count: 1, place: "middle" },
      ],
    });
  });

  it("recognises in a picture what was drawn, for every favourite scene", () => {
    for (const favourites of Object.values(favouriteScenes))
      for (const [setting, favourite] of Object.entries(favourites)) {
        const read = readPicture(drawScene({ setting, ...favourite }));

        expect({ ...read, items: byKind(read.items) }).toEqual({
          setting,
          ...favourite,
          items: byKind(favourite.items),
        });
      }
  });

  it("passes on only sentences and pictures: the same input and seed give the same output", () => {
    const svg = paint("ScenePainter-Dreamy", "A fox in the forest.", 3);

    expect(paint("ScenePainter-Dreamy", "A fox in the forest.", 3)).toBe(svg);
    expect(view("SceneViewer-Poet", svg, 4)).toBe(view("SceneViewer-Poet", svg, 4));
  });
});

function byKind<T extends { kind: string }>(items: T[]): T[] {
  return [...items].sort((a, b) => a.kind.localeCompare(b.kind));
}
