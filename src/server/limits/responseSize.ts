import { defaultFieldResolver, GraphQLError, type GraphQLResolveInfo } from "graphql";
import { isAsyncIterable, type Plugin } from "graphql-yoga";
import type { ResponseBudget } from "../../schema/context.js";
import { isLong } from "../../schema/fieldFacts.js";
import type { FieldConfig } from "../fieldConfig.js";
import type { Refuse } from "./rejections.js";

/** What a float32 takes as text, with the comma; less where it has few digits. */
const bytesPerNumber = 20;

/**
 * Adds up the bytes of the texts and vectors of one response. Complexity bounds the number of objects, not the length of
 * texts and vectors, which aliases can also multiply.
 */
export class ResponseSize implements ResponseBudget {
  #bytes = 0;
  #refusal: GraphQLError | undefined;
  /**
   * By the first key of their paths: one for all fields that come too late below a field of Query or Mutation. There
   * may be a hundred thousand, and an error takes long to make.
   */
  readonly #refusals = new Map<string | number, GraphQLError>();

  constructor(
    readonly maximum: number,
    readonly refuse: Refuse,
  ) {}

  /** To be called before more is resolved. @throws GraphQLError (REQUEST_LIMIT) where the response is too large already */
  throwIfExceeded(info: GraphQLResolveInfo): void {
    if (this.#refusal) throw this.#refusalAt(info, this.#refusal);
  }

  /** @throws GraphQLError (REQUEST_LIMIT) where this makes the response too large */
  add(value: unknown, info: GraphQLResolveInfo): void {
    this.throwIfExceeded(info);
    this.#bytes += bytesOf(value);
    if (this.#bytes <= this.maximum) return;
    this.#refusal = this.refuse({
      limit: "ANSWER_BYTES",
      maximum: this.maximum,
      message: `The answer's texts and vectors would take more than ${this.maximum} bytes. Ask for smaller pages, or for vectorBase64.`,
      ...(info.operation.operation === "mutation" && { http: null }),
    });
    throw this.#refusalAt(info, this.#refusal);
  }

  #refusalAt({ fieldNodes, path }: GraphQLResolveInfo, { message, extensions }: GraphQLError): GraphQLError {
    const keys = keysOf(path);
    let refusal = this.#refusals.get(keys[0]);
    if (!refusal) {
      // With its path, so that graphql makes no error of its own for each field.
      refusal = new GraphQLError(message, { nodes: fieldNodes, path: keys, extensions });
      this.#refusals.set(keys[0], refusal);
    }
    return refusal;
  }

  /** Each event of a subscription is a response of its own. */
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

/** Reports once per field of Query or Mutation that the response is too large, however many fields below came too late. */
export function tellTooLargeOnce(): Plugin {
  return {
    onExecute: () => ({
      onExecuteDone({ result, setResult }) {
        if (isAsyncIterable(result) || !result.errors) return;
        const told = new Set<unknown>();
        const errors = result.errors.filter(({ extensions, path }) => {
          if (extensions.limit !== "ANSWER_BYTES") return true;
          const isFirst = !told.has(path?.[0]);
          told.add(path?.[0]);
          return isFirst;
        });
        if (errors.length < result.errors.length) setResult({ ...result, errors });
      },
    }),
  };
}

/** Has a field whose values may be long add them to the context's `responseBudget`. */
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
          // Nothing of a query is returned then, and nothing more is read. A mutation returns what it did.
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
