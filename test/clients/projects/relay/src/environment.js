import { createClient } from "graphql-ws";
import { Environment, Network, Observable, RecordSource, Store } from "relay-runtime";

export function createMedoidEnvironment(url, { key } = {}) {
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  const sockets = createClient({ url: url.replace(/^http/, "ws"), connectionParams: headers });
  // With persisted documents (`persistConfig` of relay.config.json), an operation has an id instead of a text.
  const bodyOf = ({ id, text, name }, variables) => ({
    ...(id ? { documentId: id } : { query: text }),
    operationName: name,
    variables,
  });
  return new Environment({
    network: Network.create(
      async (operation, variables) => {
        const response = await fetch(url, {
          method: "POST",
          headers: { ...headers, "Content-Type": "application/json" },
          body: JSON.stringify(bodyOf(operation, variables)),
        });
        return response.json();
      },
      (operation, variables) =>
        Observable.create((sink) => sockets.subscribe({ query: "", ...bodyOf(operation, variables) }, sink)),
    ),
    store: new Store(new RecordSource()),
  });
}
