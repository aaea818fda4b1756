import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../testDatabase.js";
import { printed, runMedoid, spawnMedoidWith } from "./runMedoid.js";

let database: TestDatabase;
let databaseUrl: string;
beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
  databaseUrl = database.url;
});
afterAll(() => database.drop());

const imagesIn = (text: string) => text.match(/http:\S+\/images\/[^\s"]+/g) ?? [];

test("once there are API keys, demo and show print URLs at which images can be fetched without one", async () => {
  const created = await runMedoid(databaseUrl, "keys", "create", "a key");
  const [key] = /medoid_\S+/.exec(created.stdout) ?? [];
  // The addresses are those of a proxy; the server below answers them.
  const MEDOID_BASE_URL = "http://medoid.example";
  const server = spawnMedoidWith({ DATABASE_URL: databaseUrl, MEDOID_BASE_URL }, "demo", "--port", "0");
  let demo = "";
  server.stdout?.on("data", (text) => {
    demo += text;
  });
  const [address] = await printed(server, /http:\S+(?=\/graphql)/);
  const images = imagesIn(demo);
  expect(images).toHaveLength(5);
  const show = spawnMedoidWith({ MEDOID_API_KEY: key as string }, "show", "--json", "--server", address);
  const { code, stdout, stderr } = await show.finished;
  expect([code, stderr]).toEqual([0, ""]);
  expect(imagesIn(stdout)).toEqual(images);

  for (const image of images) {
    const { pathname, search } = new URL(image);
    const response = await fetch(`${address}${pathname}${search}`);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "image/svg+xml"]);
    expect((await fetch(`${address}${pathname}`)).status).toBe(401);
  }
  server.kill("SIGTERM");
  expect((await server.finished).code).toBe(0);
});
