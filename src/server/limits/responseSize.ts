import { defaultFieldResolver, GraphQLError, type GraphQLResolveInfo, getNamedType } from "graphql";
import { isAsyncIterable, type Plugin } from "graphql-yoga";
import type { ResponseBudget } from "../../schema/context.js";
import { isLong } from "../../schema/fieldFacts.js";
import type { FieldConfig } from "../fieldConfig.js";
import type { Refuse } from "./rejections.js";

/** Bytes of a typical float32 as text, including the comma. A number with few digits takes less. */
const bytesPerNumber = 20;

/**
 * Adds up the bytes of the texts and vectors of one response. Complexity bounds the number of objects, not
 * the length of texts and vectors, which aliases can also multiply.
 */
export class ResponseSize implements ResponseBudget {
  #bytes = 0;
  #refusal: GraphQLError | undefined;
  /**
   * The errors by the first key of their paths. All fields that come too late below one field of Query or
   * Mutation share an error, because there may be a hundred thousand of them and an error takes long to
   * create.
   */
  readonly #refusals = new Map<string | number, GraphQLError>();

  constructor(
    readonly maximum: number,
    readonly refuse: Refuse,
  ) {}

  /**
   * Must be called before another value is resolved.
   * @throws GraphQLError (REQUEST_LIMIT) if the response is already too large
   */
  throwIfExceeded(info: GraphQLResolveInfo): void {
    if (this.#refusal) throw this.#refusalAt(info, this.#refusal);
  }

  /**
   * Adds the size of a value.
   * @throws GraphQLError (REQUEST_LIMIT) if the value makes the response too large
   */
  add(value: unknown, info: GraphQLResolveInfo): void {
    this.throwIfExceeded(info);
    const isJson = getNamedType(info.returnType).name === "JSON";
    this.#bytes += bytesOf(isJson && value !== null ? JSON.stringify(value) : value);
    if (this.#bytes <= this.maximum) return;
    this.#refusal = this.refuse({
      limit: "ANSWER_BYTES",
      maximum: this.maximum,
      message: `The response's texts and vectors would take more than ${this.maximum} bytes. Ask for smaller pages, or for vectorBase64.`,
      ...(info.operation.operation === "mutation" && { http: null }),
    });
    throw this.#refusalAt(info, this.#refusal);
  }

  #refusalAt({ fieldNodes, path }: GraphQLResolveInfo, { message, extensions }: GraphQLError): GraphQLError {
    const keys = keysOf(path);
    let refusal = this.#refusals.get(keys[0]);
    if (!refusal) {
      // It has a path, so that graphql-js does not create another error for each field.
      refusal = new GraphQLError(message, { nodes: fieldNodes, path: keys, extensions });
      this.#refusals.set(keys[0], refusal);
    }
    return refusal;
  }

  /** Starts the count again, as for the next event of a subscription, which is a response of its own. */
  reset(): void {
    this.#bytes = 0;
    this.#refusal = undefined;
    this.#refusals.clear();
  }
}

interface SizedContext {
  responseBudget?: ResponseSize;
  cancellation: AbortController;
}

/**
 * Makes each field of Query or Mutation report only once that the response is too large, regardless of how
 * many fields below it failed for that reason.
 */
export function reportTooLargeOnce(): Plugin {
  return {
    onExecute: () => ({
      onExecuteDone({ result, setResult }) {
        if (isAsyncIterable(result) || !result.errors) return;
        const reported = new Set<unknown>();
        const errors = result.errors.filter(({ extensions, path }) => {
          if (extensions.limit !== "ANSWER_BYTES") return true;
          const isFirst = !reported.has(path?.[0]);
          reported.add(path?.[0]);
          return isFirst;
        });
        if (errors.length < result.errors.length) setResult({ ...result, errors });
      },
    }),
  };
}

/** Makes a field whose values may be long add their size to the context's `responseBudget`. */
export function countLongValues(field: FieldConfig): FieldConfig {
  if (!isLong(field)) return field;
  const { resolve = defaultFieldResolver } = field;
  return {
    ...field,
    resolve(source, args, context, info) {
      const { responseBudget } = context as SizedContext;
      if (!responseBudget) return resolve(source, args, context, info);
      responseBudget.throwIfExceeded(info);
      const counted = (value: unknown) => {
        try {
          responseBudget.add(value, info);
        } catch (error) {
          // A query then returns no data, so nothing more needs to be read. A mutation still returns its
          // result.
          if (info.operation.operation === "query") context.cancellation.abort(error);
          throw error;
        }
        return value;
      };
      const value = resolve(source, args, context, info);
      return value instanceof Promise ? value.then(counted) : counted(value);
    },
  };
}

function bytesOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value === "number") return bytesPerNumber;
  if (!Array.isArray(value)) return 0;
  if (typeof value[0] === "number") return bytesPerNumber * value.length;
  return value.reduce((sum: number, each) => sum + bytesOf(each), 0);
}

function keysOf(path: GraphQLResolveInfo["path"]): (string | number)[] {
  const keys = [];
  for (let at: typeof path | undefined = path; at; at = at.prev) keys.push(at.key);
  return keys.reverse();
}
