import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../testDatabase.js";
import { printed, runMedoid, spawnMedoid } from "./runMedoid.js";

let database: TestDatabase;
let databaseUrl: string;
beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
  databaseUrl = database.url;
});
afterAll(() => database.drop());

const imagesIn = (text: string) => text.match(/http:\S+\/images\/[^\s"]+/g) ?? [];

test("once there are API keys, demo and show print URLs at which images can be fetched without one", async () => {
  expect((await runMedoid(databaseUrl, "keys", "create", "a key")).code).toBe(0);
  const demo = await runMedoid(databaseUrl, "demo", "--no-serve");
  const show = await runMedoid(databaseUrl, "show", "--json");
  expect([demo.code, show.code]).toEqual([0, 0]);
  const images = imagesIn(demo.stdout);
  expect(images).toHaveLength(5);
  expect(imagesIn(show.stdout)).toEqual(images);

  const server = spawnMedoid(databaseUrl, "serve", "--port", "0");
  const [address] = await printed(server, /http:\S+(?=\/graphql)/);
  for (const image of images) {
    const { pathname, search } = new URL(image);
    const response = await fetch(`${address}${pathname}${search}`);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "image/svg+xml"]);
    expect((await fetch(`${address}${pathname}`)).status).toBe(401);
  }
  server.kill("SIGTERM");
  expect((await server.finished).code).toBe(0);
});
