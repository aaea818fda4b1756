// Scripts that the page adds to GraphiQL through Monaco, the editor of its panes, whose interface is the
// global `monaco`.

/**
 * Puts the id that the tab "Start" returned into the variables of the tab "Watch", when that tab is opened
 * for the first time after a start. What the user writes there later is not overwritten. The change is also
 * written to `medoid:givenTabs`, since otherwise the tabs would count as changed by the user.
 */
export const watchWhatStarted = `
        const paneOf = (file) => monaco.editor.getModels().find(({ uri }) => uri.path.endsWith(file));
        let started; // the id of the last clustering
        let filledIn;
        const noteStarted = () => {
          try {
            started = JSON.parse(paneOf("response.json").getValue()).data.clusterEmbeddings.id ?? started;
          } catch {} // no response of Start's
        };
        const fillIn = () => {
          const operation = paneOf("operation.graphql")?.getValue() ?? "";
          if (started === filledIn || !operation.includes("clusteringProgress(id: $id)")) return;
          filledIn = started;
          const variables = JSON.stringify({ id: started }, null, 2);
          paneOf("variables.json").setValue(variables);
          try {
            const given = JSON.parse(localStorage.getItem("medoid:givenTabs") ?? "[]");
            for (const tab of given) if (tab[0] === operation) tab[1] = variables;
            localStorage.setItem("medoid:givenTabs", JSON.stringify(given));
          } catch {}
        };
        monaco.editor.onDidCreateModel((model) => {
          if (model.uri.path.endsWith("response.json")) model.onDidChangeContent(noteStarted);
          // A tab that opens sets its operation first and its variables afterwards.
          if (model.uri.path.endsWith("operation.graphql")) model.onDidChangeContent(() => setTimeout(fillIn));
        });`;

/**
 * Shows an image while the mouse is over its address in a response. The image is requested relative to the
 * page, even if the address names the server differently. (GraphiQL's own preview recognises only paths, by
 * their file extensions.)
 */
export const imagesOnHover = `
        monaco.languages.registerHoverProvider("json", {
          provideHover(model, { lineNumber, column }) {
            if (!model.uri.path.endsWith("response.json")) return null;
            const addresses = /"https?:\\/\\/[^"\\s]*\\/(images\\/[\\da-f-]{36}(?:\\?[\\w=&-]*)?)"/g;
            for (const { 0: text, 1: image, index } of model.getLineContent(lineNumber).matchAll(addresses)) {
              const [startColumn, endColumn] = [index + 1, index + 1 + text.length];
              if (column < startColumn || column > endColumn) continue;
              const value = "![](" + new URL(image, location) + "|height=240)";
              return { range: { startLineNumber: lineNumber, endLineNumber: lineNumber, startColumn, endColumn }, contents: [{ value }] };
            }
            return null;
          },
        });`;
