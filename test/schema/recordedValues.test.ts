import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Fixture, openFixture, uuid } from "../fixtures.js";

/** What was recorded, counted by the API and from the rows. */
let fixture: Fixture;
const networks = [["b"], ["a", "b"], ["a!"], ["a", "b"], ["b"], ["c"], ["a!"]];
const prompts = [
  ...["A Red Fox", "a red fox", "A RED FOX [in snow]", "Größe*?", "GRÖSSE", "groß", "ΣΊΣΥΦΟΣ", "σίσυφος"],
  ...[
    "a.b",
    "a+b",
    "(a|b)",
    "^a$",
    "a\\b",
    "a{2}",
    "a b",
    "]",
    "'",
    '"',
    "%",
    "_",
    "😀",
    "\ufffd",
    "",
    "İ",
    "K",
  ],
];

beforeAll(async () => {
  fixture = await openFixture();
  const { prisma } = fixture;
  const of = prompts.flatMap((prompt, p) => Array.from({ length: 1 + (p % 3) }, () => prompt));
  await prisma.run.createMany({
    data: of.map((initialPrompt, n) => ({
      id: uuid("Run", n),
      network: JSON.stringify(networks[n % networks.length]),
      initialPrompt,
    })),
  });
  await prisma.invocation.createMany({
    data: Array.from({ length: 40 }, (_, n) => ({
      id: uuid("Invocation", n),
      runId: uuid("Run", n % 5),
      sequenceNumber: Math.floor(n / 5),
      model: ["viewer", "painter", "\u{1f600}", "\ufffd"][n % 7 === 0 ? 0 : n % 4],
      type: "TEXT" as const,
      outputText: "a text",
    })),
  });
});
afterAll(async () => {
  expect(fixture.internalErrors).toEqual([]);
  await fixture.close();
});

/** How often each value is there: the most frequent first, then by the code points of `text`. */
function counts(values: string[], text: (value: string) => string = (value) => value): [string, number][] {
  const found = new Map<string, number>();
  for (const value of values) found.set(value, (found.get(value) ?? 0) + 1);
  const bytes = (value: string) => Buffer.from(text(value), "utf8");
  return [...found].sort(([p, m], [q, n]) => n - m || bytes(p).compare(bytes(q)));
}

const textCounts = (values: string[]) => counts(values).map(([text, count]) => ({ text, count }));

async function recordedPrompts(): Promise<string[]> {
  return (await fixture.prisma.run.findMany()).map(({ initialPrompt }) => initialPrompt);
}

test("networks, prompts and models are counted by one statement each, the most frequent first", async () => {
  fixture.statements.length = 0;
  const data = await fixture.data(
    "{ networks { network runCount } initialPrompts { text count } invocationModels { text count } }",
  );
  expect(fixture.statements).toHaveLength(3);
  const runs = await fixture.prisma.run.findMany();
  const invocations = await fixture.prisma.invocation.findMany();
  expect(data).toEqual({
    networks: counts(
      runs.map(({ network }) => network),
      (network) => JSON.parse(network).join(" → "),
    ).map(([network, runCount]) => ({ network: JSON.parse(network), runCount })),
    initialPrompts: textCounts(runs.map(({ initialPrompt }) => initialPrompt)),
    invocationModels: textCounts(invocations.map(({ model }) => model)),
  });
});

test("the limit takes the most frequent", async () => {
  const { all, two } = await fixture.data(
    "{ all: initialPrompts { text count } two: initialPrompts(limit: 2) { text count } }",
  );
  expect(all.length).toBe(prompts.length);
  expect(two).toEqual(all.slice(0, 2));
});

describe("prompts contain a text, in upper or lower case", () => {
  /** Each character, and what differs from it in case alone. */
  const sameCase = (p: string, q: string) =>
    p === q ||
    [p.toLowerCase(), p.toUpperCase(), p.toUpperCase().toLowerCase()]
      .filter((variant) => [...variant].length === 1)
      .includes(q);
  const contains = (prompt: string, part: string) => {
    const [whole, sought] = [[...prompt], [...part]];
    return whole.some((_, at) => sought.every((c, i) => at + i < whole.length && sameCase(c, whole[at + i])));
  };
  const parts = [
    "red f",
    "RED",
    "fox [IN",
    "größe",
    "GROSS",
    "σίσ",
    "ος",
    ...prompts.filter((text) => text !== ""),
  ];

  test.each(parts)("%j", async (part) => {
    const { initialPrompts } = await fixture.data(
      "query($part: String!) { initialPrompts(contains: $part) { text count } }",
      { part },
    );
    const expected = (await recordedPrompts()).filter((prompt) => contains(prompt, part));
    expect(initialPrompts).toEqual(textCounts(expected));
  });

  test("of any case, and of ASCII and other letters", async () => {
    const of = async (part: string) => {
      const { initialPrompts } = await fixture.data(
        "query($part: String!) { initialPrompts(contains: $part) { text } }",
        { part },
      );
      return initialPrompts.map(({ text }: { text: string }) => text).sort();
    };
    expect(await of("rEd FoX")).toEqual(["A RED FOX [in snow]", "A Red Fox", "a red fox"]);
    expect(await of("gRÖ")).toEqual(["GRÖSSE", "Größe*?"]);
    expect(await of("*?")).toEqual(["Größe*?"]);
    expect(await of("nothing")).toEqual([]);
  });

  test("and all prompts contain the empty text", async () => {
    const { initialPrompts } = await fixture.data('{ initialPrompts(contains: "") { text } }');
    expect(initialPrompts).toHaveLength(prompts.length);
  });
});

test.each([
  ["networks(limit: 0) { runCount }", "limit", "must be from 1 to 500; it was 0."],
  ["invocationModels(limit: 501) { text }", "limit", "must be from 1 to 500; it was 501."],
  ["initialPrompts(limit: -1) { text }", "limit", "must be from 1 to 500; it was -1."],
  [
    `initialPrompts(contains: "${"x".repeat(1001)}") { text }`,
    "contains",
    "must have at most 1000 characters",
  ],
  [String.raw`initialPrompts(contains: "\u0000") { text }`, "contains", "must not hold U+0000"],
])("%s is refused", async (field, path, message) => {
  const { data, errors } = await fixture.execute(`{ ${field} }`);
  expect(Object.values(data)).toEqual([null]);
  expect(errors).toMatchObject([
    {
      message: expect.stringContaining(message),
      extensions: { code: "INVALID_INPUT", issues: [{ path: [path] }] },
    },
  ]);
});
