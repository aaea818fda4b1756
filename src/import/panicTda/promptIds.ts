import type { Connection } from "../../database/sqlite/connection.js";
import type { SkippedTally } from "../skippedTally.js";
import type { TableRow } from "../table/tableReader.js";
import type { PanicTdaTable } from "./layout.js";

type Cells = TableRow["cells"];

const reason = "it is of a prompt that was embedded for the dump, not of a step of a run";

/**
 * Recognises the prompts among the invocations of a dump, and their embeddings. The ids of prompts are in a
 * temporary table, because there may be more of them than fit in memory.
 */
export class PromptIds {
  readonly #add: ReturnType<Connection["prepare"]>;
  readonly #find: ReturnType<Connection["prepare"]>;
  #isEmpty = true;

  constructor(connection: Connection) {
    connection.exec("CREATE TEMP TABLE prompt_ids (id PRIMARY KEY) WITHOUT ROWID");
    this.#add = connection.prepare("INSERT OR IGNORE INTO temp.prompt_ids VALUES (?)");
    this.#find = connection.prepare("SELECT 1 FROM temp.prompt_ids WHERE id = ?");
  }

  /**
   * Whether a row is a prompt or belongs to one; it is then counted as skipped. The invocations come before the
   * embeddings.
   */
  leavesOut(table: PanicTdaTable, row: Cells, skipped: SkippedTally): boolean {
    const isPrompt =
      (table === "invocation" && this.#isPrompt(row)) || (table === "embedding" && this.#isOfPrompt(row));
    if (isPrompt) skipped.add(table as "invocation" | "embedding", reason, idText(row.id));
    return isPrompt;
  }

  #isPrompt({ id, sequence_number }: Cells): boolean {
    if (isPromptId(id)) return true;
    if (sequence_number === null || sequence_number === undefined || Number(sequence_number) !== -1)
      return false;
    this.#add.run([keyOf(id)]);
    this.#isEmpty = false;
    return true;
  }

  #isOfPrompt({ invocation_id }: Cells): boolean {
    return (
      isPromptId(invocation_id) || (!this.#isEmpty && this.#find.get([keyOf(invocation_id)]) !== undefined)
    );
  }
}

function isPromptId(id: unknown): boolean {
  return typeof id === "string" && id.startsWith("prompt-");
}

/** Equal for all forms of one UUID. */
function keyOf(id: unknown): string {
  return idText(id).replaceAll("-", "").toLowerCase();
}

function idText(id: unknown): string {
  return id instanceof Uint8Array ? Buffer.from(id).toString("hex") : String(id ?? "NULL");
}
