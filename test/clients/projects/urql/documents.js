// Writes the trusted documents for the server, by the hashes that urql computes.
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createRequest, formatDocument, stringifyDocument } from "@urql/core";
import { status } from "./operations.js";

// A client with a cache adds __typename to each selection before it sends them.
const text = stringifyDocument(formatDocument(createRequest(status, {}).query));
const hash = createHash("sha256").update(text).digest("hex");
writeFileSync("persisted-documents.json", JSON.stringify({ [hash]: text }));
