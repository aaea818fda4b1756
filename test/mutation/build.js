// Builds the copy in which Stryker runs the tests. The packages are those of the checkout two folders above.
import { symlinkSync } from "node:fs";

symlinkSync("../../node_modules", "node_modules", "junction");
await import("../../scripts/build.js");
