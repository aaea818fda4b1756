import { describe, expect, test } from "vitest";
import { fileAddress } from "../../src/remote/fileAddress.js";
import { ServerError } from "../../src/remote/serverError.js";

const id = "0198c1b2-0000-7000-8005-000000000000";
const signature = "?expires=1&signature=a-b_c";
const files = [
  `/images/${id}`,
  `/images/${id}${signature}`,
  `/exports/${id}/assignments.parquet`,
  `/exports/${id}/clusters.csv?vectors=true&${signature.slice(1)}`,
  `/exports/${id}/metadata.json`,
  `/maps/${id}/points.arrow?clusteringResultId=${id}`,
  `/IMAGES/${id.toUpperCase()}`,
];
const origins = ["", "http://127.0.0.1:4000", "http://medoid.invalid", "https://user:password@[::1]:99"];
/** Paths below which servers are, some of which look like a part of a file's path. */
const bases = ["", "/medoid", "/a/b", "/images", "/exports", "/maps/x", `/exports/${id}`, `/images/${id}`];

describe("the address of a file", () => {
  test.each([
    "http://127.0.0.1:4000",
    "https://example.org",
    "https://example.org/medoid",
    "http://[::1]:1/a/b",
  ])("is below %s, whatever the server that gives it is called", (url) => {
    for (const origin of origins) {
      for (const base of bases) {
        for (const file of files) expect(fileAddress({ url }, origin + base + file)).toBe(url + file);
      }
    }
  });

  test.each([
    "http://169.254.169.254/latest/meta-data",
    "http://elsewhere/graphql",
    `http://elsewhere/images/${id}/more`,
    `http://elsewhere/exports/${id}`,
    `http://elsewhere/exports/${id}/..`,
    `http://elsewhere/exports/${id}/%2e%2e`,
    `http://elsewhere/exports/${id}/`,
    "http://elsewhere/images/nothing",
    `http://elsewhere/?/images/${id}`,
    `http://elsewhere/#/images/${id}`,
    "http://",
    "",
  ])("that is not one of the server's is refused, with the address: %j", (given) => {
    const outcome = () => fileAddress({ url: "http://127.0.0.1:4000" }, given);
    expect(outcome).toThrow(ServerError);
    expect(outcome).toThrow(
      `The server http://127.0.0.1:4000 gave an address that is not that of one of its files: ${given}`,
    );
  });
});
