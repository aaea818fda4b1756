import { NoSchemaIntrospectionCustomRule, validate } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { Rejections } from "./rejections.js";

/** graphql's rule says this; it gives its errors no code. */
const refused = /^GraphQL introspection has been disabled/;

/** Answers nothing about the schema: neither introspection nor what a client may have meant. */
export function withoutIntrospection(rejections: Rejections): Plugin {
  return {
    onValidate({ addValidationRule, setValidationFn }) {
      addValidationRule(NoSchemaIntrospectionCustomRule);
      setValidationFn((schema, document, rules, _typeInfo, options) =>
        validate(schema, document, rules, { ...options, hideSuggestions: true }),
      );
      return ({ result }) => {
        if ((result as Error[]).some(({ message }) => refused.test(message))) rejections.add("INTROSPECTION");
      };
    },
    onExecute({ args }) {
      Object.assign(args, { hideSuggestions: true }); // an enum's values, where a variable is misspelt
    },
    onSubscribe({ args }) {
      Object.assign(args, { hideSuggestions: true });
    },
  };
}
