import { NoSchemaIntrospectionCustomRule } from "graphql";
import type { Plugin } from "graphql-yoga";
import { isIntrospectionDisabled } from "../limits/graphqlMessages.js";
import type { Rejections } from "../limits/rejections.js";

/** Refuses introspection of the schema. `__typename` stays allowed. */
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
