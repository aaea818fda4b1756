import type { ExportFormat } from "../exportedFile.js";
import { csv } from "./csv.js";
import { jsonLines } from "./jsonLines.js";
import { parquet } from "./parquet.js";
import type { RowFormat } from "./rowFormat.js";

export const rowFormats: Record<ExportFormat, RowFormat> = { PARQUET: parquet, CSV: csv, JSONL: jsonLines };
