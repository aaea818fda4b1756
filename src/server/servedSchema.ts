import { MapperKind, mapSchema } from "@graphql-tools/utils";
import type { GraphQLSchema } from "graphql";
import { schema } from "../schema/index.js";
import type { FieldConfig } from "./fieldConfig.js";
import { beginInTime } from "./limits/requestTime.js";
import { countLongValues } from "./limits/responseSize.js";
import { noteReturnedError } from "./observability/returnedErrors.js";

/**
 * Creates the copy of the schema that a server serves. In it, long values add to the size of the response,
 * mutations begin only before the operation's time is over, and errors that mutations return are recorded.
 */
export function servedSchema(): GraphQLSchema {
  return mapSchema(schema, {
    [MapperKind.OBJECT_FIELD]: (field: FieldConfig) => countLongValues(field),
    [MapperKind.MUTATION_ROOT_FIELD]: (field: FieldConfig) =>
      noteReturnedError(beginInTime(countLongValues(field))),
  });
}
