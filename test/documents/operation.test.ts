import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { rejectionReasons } from "../../src/server/limits/rejections.js";
import { createServer, type MedoidServer } from "../../src/server/server.js";
import { openTemporaryApp, type TemporaryApp } from "../temporaryApp.js";

const page = readFileSync("docs/operation.md", "utf8");
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map(([, text]) => text);

let temporary: TemporaryApp;
let server: MedoidServer;
let address: string;
beforeAll(async () => {
  temporary = await openTemporaryApp();
  await temporary.app.queue.start();
  server = createServer(temporary.app);
  address = await server.listen(0, "127.0.0.1");
});
afterAll(async () => {
  await server.stop(0);
  await temporary.close();
});

describe("docs/operation.md", () => {
  test("shows the health of a server that is ready", async () => {
    const shown = blocks("json").find((block) => block.includes(`"ready"`))!;
    const response = await fetch(`${address}/health/ready`);
    expect(await response.json()).toEqual(JSON.parse(shown));
  });

  test("has alerts only on metrics and labels that a server has", async () => {
    await fetch(`${address}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: "{ __typename }" }),
    });
    const metrics = await (await fetch(`${address}/metrics`)).text();
    const [scrape, alerts] = blocks("yaml").map((text) => parse(text));
    expect(scrape.scrape_configs[0].job_name).toBe("medoid");
    const rules = alerts.groups[0].rules as { alert: string; expr: string }[];
    expect(rules.length).toBeGreaterThan(5);
    let count = 0;
    for (const { alert, expr } of rules) {
      expect(page, "what to do").toContain(`\n- \`${alert}\`: `);
      for (const [, name, labels = ""] of expr.matchAll(/\b(medoid_\w+)(?:\{([^}]*)\})?/g)) {
        expect(metrics, alert).toMatch(new RegExp(`^${name}(?:\\{| )`, "m"));
        for (const [, label, values] of labels.matchAll(/(\w+)=~?"([^"]*)"/g)) {
          for (const value of values.split("|")) {
            expect(metrics, alert).toMatch(new RegExp(`^${name}\\{[^}]*\\b${label}="${value}"`, "m"));
          }
        }
        count++;
      }
    }
    expect(count).toBeGreaterThan(5);
  });
});

test("docs/limits.md names every limit that a request can exceed", () => {
  const limits = readFileSync("docs/limits.md", "utf8");
  const notLimits = ["CROSS_SITE", "HOST", "INTROSPECTION", "UNAUTHENTICATED", "FORBIDDEN", "RATE_LIMITED"];
  const names = rejectionReasons.filter((reason) => !notLimits.includes(reason));
  expect(names.filter((name) => !limits.includes(`\`${name}\``))).toEqual([]);
});
