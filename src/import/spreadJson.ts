import { fileStart, isGzip, unpackedStart } from "./fileStart.js";
import { RunFileError } from "./runSource.js";

const bytesRead = 64 * 1024;

/**
 * @param path of a file that can be read
 * @throws RunFileError if the file begins with a JSON object that is spread over several lines
 */
export function refuseSpreadJson(path: string, shownPath: string): void {
  const start = fileStart(path, bytesRead);
  if (!isSpreadJson((isGzip(start) ? unpackedStart(start) : start).toString("utf8"))) return;
  throw new RunFileError(
    `${shownPath} has JSON that is spread over several lines. Write each object on one line: \`jq -c . FILE > NEW.jsonl\`.`,
  );
}

/** Whether a line opens an object without ending it, and the next one continues it. */
function isSpreadJson(text: string): boolean {
  const [first = "", second = ""] = text
    .replace(/^\ufeff/, "")
    .split("\n", 1000)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return /^\{(?:.*[{[,:])?$/.test(first) && /^["}\]\d[-]|^(?:true|false|null)\b/.test(second);
}
