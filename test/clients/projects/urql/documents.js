// Writes the documents that the server is to know, by the hashes that urql makes of them.
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createRequest, formatDocument, stringifyDocument } from "@urql/core";
import { status } from "./operations.js";

// A client with a cache sends them with __typename in each selection.
const text = stringifyDocument(formatDocument(createRequest(status, {}).query));
const hash = createHash("sha256").update(text).digest("hex");
writeFileSync("persisted-documents.json", JSON.stringify({ [hash]: text }));
