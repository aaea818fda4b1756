import { execFileSync } from "node:child_process";

/** Worker threads and command-line tests run the built files, so the build must be current before any test. */
export default function setup() {
  execFileSync(process.execPath, ["scripts/build.js", "--if-changed"], { stdio: "inherit" });
}
