import { MapperKind, mapSchema } from "@graphql-tools/utils";
import type { GraphQLSchema } from "graphql";
import { schema } from "../schema/index.js";
import type { FieldConfig } from "./fieldConfig.js";
import { beginInTime } from "./limits/requestTime.js";
import { countLongValues } from "./limits/responseSize.js";
import { noteReturnedError } from "./observability/returnedErrors.js";

/**
 * The schema as a server serves it, a copy: long values add to the response's size, mutations begin only while there
 * is time, and report the errors that they return.
 */
export function servedSchema(): GraphQLSchema {
  return mapSchema(schema, {
    [MapperKind.OBJECT_FIELD]: (field: FieldConfig) => countLongValues(field),
    [MapperKind.MUTATION_ROOT_FIELD]: (field: FieldConfig) =>
      noteReturnedError(beginInTime(countLongValues(field))),
  });
}
