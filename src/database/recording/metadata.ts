import { shortenedText } from "../../runtime/shortenedText.js";
import { unstorable } from "./unstorable.js";

/** Maximum size of metadata, in bytes of its canonical JSON in UTF-8. */
export const mostMetadataBytes = 16_000;
/** Maximum number of objects and lists that are inside each other, the metadata itself included. */
export const deepestMetadata = 20;
/** Maximum length of an invocation's external id, in characters. */
export const longestExternalId = 500;

/** The reason for which a value cannot be metadata, and the part of the value that is the reason. */
export interface MetadataProblem {
  /** Within the metadata. */
  path: string[];
  message: string;
  value: unknown;
}

/**
 * Writes metadata as canonical JSON (RFC 8785: sorted names, no white space), so that equal metadata has equal
 * texts. Every object that JSON can hold is accepted, up to the limits above; fields that are undefined are
 * absent.
 * @returns the text, or the first problem
 */
export function metadataText(metadata: unknown): string | MetadataProblem {
  if (!isPlainObject(metadata)) return { path: [], message: "must be an object.", value: metadata };
  let text: string;
  try {
    text = canonical(metadata, [], 1);
  } catch (error) {
    if (error instanceof Refusal) return error.problem;
    throw error;
  }
  const bytes = Buffer.byteLength(text);
  if (bytes <= mostMetadataBytes) return text;
  const message = `must take at most ${mostMetadataBytes} bytes as JSON, and takes ${bytes}.`;
  return { path: [], message, value: metadata };
}

class Refusal extends Error {
  constructor(readonly problem: MetadataProblem) {
    super(problem.message);
  }
}

/** @param depth the number of objects and lists that a value is in, itself included if it is one */
function canonical(value: unknown, path: string[], depth: number): string {
  if (typeof value === "string") return canonicalText(value, path);
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new Refusal({ path, message: "must be a finite number: JSON has no other.", value });
  }
  if (value === null || typeof value === "boolean" || typeof value === "number") return JSON.stringify(value);
  const isList = Array.isArray(value);
  if (!isList && !isPlainObject(value)) {
    throw new Refusal({ path, message: "must be a value that JSON can hold.", value: String(value) });
  }
  if (depth > deepestMetadata) {
    const message = `must not be deeper: at most ${deepestMetadata} objects and lists may be inside each other.`;
    throw new Refusal({ path, message, value: isList ? "[…]" : "{…}" });
  }
  if (isList) {
    return `[${Array.from(value, (item, i) => canonical(item, [...path, String(i)], depth + 1)).join(",")}]`;
  }
  const fields = Object.keys(value)
    .filter((name) => value[name] !== undefined)
    .sort()
    .map((name) => {
      const at = [...path, shortened(name)];
      return `${canonicalText(name, at)}:${canonical(value[name], at, depth + 1)}`;
    });
  return `{${fields.join(",")}}`;
}

function canonicalText(text: string, path: string[]): string {
  const message = unstorable(text);
  if (message) throw new Refusal({ path, message, value: text });
  return JSON.stringify(text);
}

/** A name as a path has it: cut, because it may be as long as the request. */
const shortened = (name: string) => shortenedText(name, 100);

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
