import { NoSchemaIntrospectionCustomRule } from "graphql";
import type { Plugin } from "graphql-yoga";
import { isIntrospectionDisabled } from "../limits/graphqlMessages.js";
import type { Rejections } from "../limits/rejections.js";

/** Refuses queries of the schema itself. `__typename` is not one. */
export function withoutIntrospection(rejections: Rejections): Plugin {
  return {
    onValidate({ addValidationRule }) {
      addValidationRule(NoSchemaIntrospectionCustomRule);
      return ({ result }) => {
        if (result.some(isIntrospectionDisabled)) rejections.add("INTROSPECTION");
      };
    },
  };
}
