import { parseExactJson } from "../table/exactJson.js";
import { repeatedField } from "../table/repeatedField.js";
import { shownValue } from "../table/tableReader.js";
import { pythonAsJson } from "./pythonLiteral.js";
import { isVectorOfSpan } from "./vectorOfSpan.js";

/** The text that a model wrote, or the reason why there is none. */
export type OutputText = { text: string } | { reason: string };

const noOutput: OutputText = { reason: "it has no output" };
export const onlyToolCalls: OutputText = { reason: "its output is tool calls, not text" };

/** Who writes the answers in a chat, as different programs call it; LangChain also by the class of the message. */
const answerRoles = ["assistant", "ai", "model", "bot", "aimessage", "aimessagechunk"];
const questionRoles = ["user", "human"];

/** What a value hides, by OpenInference's settings for privacy. */
const redacted = "__REDACTED__";

type Fields = Record<string, unknown>;

/** Whether there is a value: neither null nor an empty text, nor hidden. */
export function isGiven(value: unknown): value is NonNullable<unknown> {
  return value !== null && value !== undefined && value !== redacted && value !== "";
}

/**
 * The text of an output: a text, a message of a chat or a list of them, or the response of a model's API, each as
 * it is or as JSON in a text. Other JSON is itself the text, because models are asked to write JSON.
 */
export function outputTextOf(value: unknown): OutputText {
  if (!isGiven(value)) return noOutput;
  if (typeof value === "string") {
    if (value.trim() === "") return noOutput;
    const read = readJson(value);
    const ofMessage = messageText(read?.value);
    if (ofMessage === undefined) return { text: value };
    return read?.repeated === undefined
      ? ofMessage
      : { reason: new RepeatedFieldError("output", read.repeated).message };
  }
  if (typeof value !== "object") return { text: String(value) };
  return messageText(value) ?? { text: jsonText(value) };
}

/**
 * The question of an input: of a chat, what the user wrote last; otherwise the input as text. Null if there is no
 * input.
 *
 * @throws RepeatedFieldError if it is a chat, and has a field twice
 */
export function questionOf(value: unknown): string | null {
  if (!isGiven(value)) return null;
  const read = typeof value === "string" ? readJson(value) : undefined;
  const parsed = typeof value === "string" ? read?.value : value;
  const list = isFields(parsed) && Array.isArray(parsed.messages) ? parsed.messages : parsed;
  const messages = Array.isArray(list) ? list.map(asMessage) : [asMessage(list)];
  if (messages.length > 0 && messages.every((message) => message !== null)) {
    withoutRepeated(read, "input");
    const asked = messages.filter(({ role }) => questionRoles.includes(role)).at(-1) ?? messages.at(-1)!;
    return contentText(asked.content) || null;
  }
  return typeof value === "object" ? jsonText(value) : String(value);
}

/** @returns undefined if the value is not of a chat or of a model's API */
function messageText(value: unknown): OutputText | undefined {
  if (Array.isArray(value)) {
    if (value.length === 0) return noOutput;
    const messages = value.map(asMessage);
    if (messages.every((message) => message !== null)) return textOfMessages(messages);
    return value.every(isPart) ? textOfMessages([messageOf({ content: value })]) : undefined;
  }
  if (!isFields(value)) return undefined;
  if (Object.keys(value).length === 0) return noOutput;
  const message = asMessage(value);
  if (message) return textOfMessages([message]);
  // The responses of OpenAI's API and of those like it, of LangChain, and of Gemini's API.
  for (const list of [value.choices, value.generations, value.candidates]) {
    const items = Array.isArray(list) ? list.flat() : [];
    if (items.length === 0 || !items.every(isFields)) continue;
    return textOfMessages(
      items.map(
        (item) => asMessage(item.message) ?? asMessage(item.content) ?? messageOf({ content: item.text }),
      ),
    );
  }
  return undefined;
}

interface Message {
  role: string;
  content: unknown;
  hasToolCalls: boolean;
}

function textOfMessages(messages: Message[]): OutputText {
  const answers = messages.filter(({ role }) => role === "" || answerRoles.includes(role));
  const text = answers
    .map(({ content }) => contentText(content))
    .filter((part) => part !== "")
    .join("\n\n");
  if (text.trim() !== "") return { text };
  return answers.some(({ hasToolCalls }) => hasToolCalls) ? onlyToolCalls : noOutput;
}

/** @returns null if the value is not a message of a chat */
function asMessage(value: unknown): Message | null {
  if (!isFields(value)) return null;
  if (isFields(value.message)) return messageOf(value.message);
  // LangChain's messages, as it writes them to JSON.
  if (value.lc !== undefined && isFields(value.kwargs)) return messageOf(value.kwargs);
  const hasRole = typeof value.role === "string" || (typeof value.type === "string" && "content" in value);
  const isOne = ["content", "tool_calls", "function_call", "parts"].some((field) => field in value);
  const isOnlyContent = "content" in value && Object.keys(value).length === 1;
  return (hasRole && isOne) || isOnlyContent || isToolCall(value) ? messageOf(value) : null;
}

function messageOf(fields: Fields): Message {
  const role = fields.role ?? (fields.type === "constructor" ? undefined : fields.type);
  const content = fields.content ?? fields.parts;
  return {
    role: typeof role === "string" ? role.toLowerCase() : "",
    content,
    hasToolCalls: isToolCall(fields) || (Array.isArray(content) && content.some(isToolUse)),
  };
}

function isToolCall({ tool_calls: calls, function_call: call }: Fields): boolean {
  return (Array.isArray(calls) && calls.length > 0) || isFields(call);
}

function isToolUse(part: unknown): boolean {
  return isFields(part) && /tool_use|function_?call/i.test(String(part.type ?? Object.keys(part)[0]));
}

/** Whether a value is a part of a message: of text, of an image, or a call of a tool. */
function isPart(value: unknown): boolean {
  return (
    isFields(value) && typeof value.type === "string" && (typeof value.text === "string" || isToolUse(value))
  );
}

/** The text of a message's content, of which only the parts of text count. */
function contentText(content: unknown): string {
  if (!isGiven(content)) return "";
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return typeof content === "object" ? jsonText(content) : String(content);
  return content
    .map((part) => (isFields(part) ? part.text : part))
    .filter((text) => typeof text === "string" && isGiven(text))
    .join("");
}

/** What a text holds as JSON. */
interface TextOfJson {
  value: object;
  /** The name of a field that an object in it has twice, of which `value` has the last one; undefined if there is none. */
  repeated: string | undefined;
}

/** The object or list that a text holds as JSON; undefined if it holds none. */
export function readJson(text: string): TextOfJson | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    const value = parseExactJson(text, isVectorOfSpan) as object;
    return { value, repeated: repeatedField(text, value) };
  } catch {
    return undefined;
  }
}

/** The list or object that a text holds as JSON, or as Python prints it; undefined if it holds none. */
export function readFields(text: string): TextOfJson | undefined {
  const json = readJson(text);
  if (json !== undefined || !/^\s*[[{(]/.test(text)) return json;
  const printed = pythonAsJson(text);
  return printed === null ? undefined : readJson(printed);
}

/** JSON in a text has a field twice, so that what it says is unknown. The message is the reason why the row is left out. */
export class RepeatedFieldError extends Error {
  override readonly name = "RepeatedFieldError";

  /** @param what what the text is of the row */
  constructor(what: string, field: string) {
    super(`its ${what} has two fields named ${JSON.stringify(shownValue(field))}`);
  }
}

/** @throws RepeatedFieldError if it has a field twice */
export function withoutRepeated(read: TextOfJson | undefined, what: string): object | undefined {
  if (read?.repeated !== undefined) throw new RepeatedFieldError(what, read.repeated);
  return read?.value;
}

/** JSON of a value that Parquet may have read, whose integers may be larger than JSON's. */
function jsonText(value: object): string {
  return JSON.stringify(value, (_, part) => (typeof part === "bigint" ? String(part) : part));
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
