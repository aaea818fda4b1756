import stringWidth from "string-width";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addRunCommand } from "../../src/cli/commands/run.js";
import { addRunsCommand } from "../../src/cli/commands/runs.js";
import { runIdOf } from "../../src/import/table/rowIds.js";
import { traceRunId } from "../../src/import/traces/spanIds.js";
import { type Fixture, openFixture, uuid, writeRuns } from "../fixtures.js";
import { commandOutput } from "./commandOutput.js";
import { obeyed } from "./obeyedByTerminals.js";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

const runs = (...args: string[]) => commandOutput(fixture, addRunsCommand, ["runs", ...args]);

const header = "id                                    recorded (UTC)    invocations  name\n";
const printedRun = (n: number, externalId = "") =>
  `${`${uuid("Run", n)}  2026-01-01 00:00           10  ${externalId}`.trimEnd()}
  ${n % 2 === 0 ? "painter" : "sketcher"} → viewer: "prompt ${n}"
`;

describe("medoid runs", () => {
  test("of an empty database prints what to do", async () => {
    expect(await runs()).toMatch(/^Nothing has been recorded yet\. .*medoid sample/);
  });

  test("lists the runs, the newest first, with their invocations, external ids, networks and prompts", async () => {
    await writeRuns(fixture);
    await fixture.prisma.invocation.update({
      where: { id: uuid("Invocation", 10) },
      data: { externalId: "row 1" },
    });
    expect(await runs()).toBe(header + printedRun(2) + printedRun(1, "row 1") + printedRun(0));
  });

  test("prints the command for the next page, which continues without a gap", async () => {
    const page = await runs("--first", "2");
    const [, cursor] = /`medoid runs --first 2 --after (\S+)`\n$/.exec(page) ?? [];
    expect(page).toBe(
      `${header}${printedRun(2)}${printedRun(1, "row 1")}There are more, of 3 runs in all: \`medoid runs --first 2 --after ${cursor}\`\n`,
    );
    expect(await runs("--after", cursor as string)).toBe(header + printedRun(0));
  });

  test("--json has the data of all pages that were asked for", async () => {
    const { runs: listed } = JSON.parse(await runs("--json", "--first", "2"));
    expect(listed.totalCount).toBe(3);
    expect(listed.edges.map(({ node }: { node: object }) => node)).toMatchObject([
      { initialPrompt: "prompt 2", invocationCount: 10 },
      { initialPrompt: "prompt 1", invocations: { edges: [{ node: { externalId: "row 1" } }] } },
    ]);
  });

  test("a run of one invocation without a prompt, such as the row of a table, is shown by its text", async () => {
    const id = uuid("Run", 50);
    await fixture.prisma.run.create({
      data: { id, network: '["writer"]', initialPrompt: "", createdAt: new Date("2026-01-02") },
    });
    const ofRun = { runId: id, model: "writer", type: "TEXT" as const, outputText: "the row's text" };
    const startedAt = new Date("2026-01-02");
    await fixture.prisma.invocation.create({
      data: { id: uuid("Invocation", 500), sequenceNumber: 0, startedAt, ...ofRun },
    });
    expect(await runs("--first", "1")).toContain('1\n  writer: "the row\'s text"\n');
    await fixture.prisma.invocation.create({
      data: { id: uuid("Invocation", 501), sequenceNumber: 1, startedAt, ...ofRun },
    });
    expect(await runs("--first", "1")).toContain("2\n  writer\n");
    await fixture.prisma.invocation.deleteMany({ where: { runId: id } });
    await fixture.prisma.run.delete({ where: { id } });
  });

  test("of an import are shown by the names under which `medoid run` finds them", async () => {
    const [session, trace] = ["a session", "0af7651916cd43dd8448eb211c80319c"];
    const given: [id: string, metadata: object, shown: string][] = [
      [runIdOf("chats", "17/b"), { dataset: "chats", run: "17/b" }, "chats/17/b"],
      [traceRunId("langfuse", { kind: "session", id: session }), { session_id: session }, session],
      [traceRunId("openinference", { kind: "trace", id: trace }), { trace_id: trace, n: 1 }, trace],
      [uuid("Run", 60), { dataset: "chats", run: "17" }, ""],
      [uuid("Run", 61), { session_id: 5, trace_id: trace }, ""],
    ];
    for (const [id, metadata] of given) {
      const run = { id, network: '["writer"]', initialPrompt: "", createdAt: new Date("2026-01-02") };
      await fixture.prisma.run.create({ data: { ...run, metadata: JSON.stringify(metadata) } });
    }
    const lines = (await runs("--first", "5")).split("\n");
    for (const [id, , shown] of given) {
      const line = lines.find((each) => each.startsWith(id))!;
      expect(line).toBe(`${id}  2026-01-02 00:00            0  ${shown}`.trimEnd());
      if (shown === "") continue;
      expect(await commandOutput(fixture, addRunCommand, ["run", shown, "--json"])).toContain(id);
    }
    await fixture.prisma.run.deleteMany({ where: { id: { in: given.map(([id]) => id) } } });
  });

  test("more runs than a page, with texts of any kind, are lines of the terminal's width", async () => {
    const hostile = [
      "\u001b[2J\u202e\r\n\0".replace("\0", ""),
      "猫".repeat(60),
      "שלום ".repeat(40),
      "x".repeat(1_000),
      "",
    ];
    await fixture.prisma.run.createMany({
      data: Array.from({ length: 250 }, (_, n) => ({
        id: uuid("Run", 100 + n),
        network: JSON.stringify([
          hostile[n % 5],
          ...(n % 7 === 0 ? ["a", "b", "c", "d", "e", "f", "g"] : []),
        ]),
        initialPrompt: n === 7 ? "p".repeat(1_000_000) : hostile[(n + 1) % 5],
        createdAt: new Date(Date.UTC(2026, 1, 1, 0, 0, n)),
      })),
    });
    const printed = await commandOutput(fixture, addRunsCommand, ["runs", "--first", "1000"], {
      columns: 80,
    });
    const lines = printed.split("\n");
    for (const line of lines) {
      expect(stringWidth(line)).toBeLessThanOrEqual(80);
      expect(line).not.toMatch(obeyed);
    }
    expect(lines.filter((line) => /^[0-9a-f]{8}-/.test(line))).toHaveLength(253);
  });
});
