import { useSignal } from "@preact/signals";
import { apiKey, changeKey, keyNeeded } from "../client/apiKey.js";
import { Dialog } from "../parts/Dialog.js";
import { Notice } from "../parts/Notice.js";

/** Asks for the API key. */
export function KeyDialog() {
  const key = useSignal("");
  const needed = keyNeeded.value;
  // Without a key there is nothing that could be shown behind the dialog.
  const close = () => {
    if (apiKey.peek() !== null && needed !== "refused") keyNeeded.value = null;
  };
  return (
    <Dialog title="API key" onClose={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (key.value.trim() !== "") changeKey(key.value.trim());
        }}
      >
        <p>
          This server asks for an API key. It is kept in this tab, and forgotten when the tab is closed.
          Whoever runs the server makes keys by <code>medoid keys create NAME</code>.
        </p>
        {needed === "refused" && <Notice isError>The server does not know this key, or no longer.</Notice>}
        <div class="field">
          <label for="key">Key</label>
          <input
            id="key"
            type="password"
            autoComplete="off"
            spellcheck={false}
            value={key.value}
            onInput={(event) => {
              key.value = event.currentTarget.value;
            }}
          />
        </div>
        <div class="dialog-actions">
          {apiKey.value !== null && (
            <button type="button" onClick={() => changeKey(null)}>
              Forget the key
            </button>
          )}
          {apiKey.value !== null && needed !== "refused" && (
            <button type="button" onClick={close}>
              Cancel
            </button>
          )}
          <button type="submit" class="primary">
            Use this key
          </button>
        </div>
      </form>
    </Dialog>
  );
}
