// Writes the trusted documents for the server, by the hashes that Apollo's link computes.
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { InMemoryCache } from "@apollo/client";
import { print } from "@apollo/client/utilities";
import { status } from "./operations.js";

export const sha256 = (text) => createHash("sha256").update(text).digest("hex");

const text = print(new InMemoryCache().transformDocument(status));
writeFileSync("persisted-documents.json", JSON.stringify({ [sha256(text)]: text }));
