import { NoSchemaIntrospectionCustomRule } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { Rejections } from "./rejections.js";

/** graphql's rule says this; it gives its errors no code. */
const refused = /^GraphQL introspection has been disabled/;

/** Answers no question about the schema. `__typename` is none. */
export function withoutIntrospection(rejections: Rejections): Plugin {
  return {
    onValidate({ addValidationRule }) {
      addValidationRule(NoSchemaIntrospectionCustomRule);
      return ({ result }) => {
        if ((result as Error[]).some(({ message }) => refused.test(message))) rejections.add("INTROSPECTION");
      };
    },
  };
}
