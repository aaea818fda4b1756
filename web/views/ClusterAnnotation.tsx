import { useSignal } from "@preact/signals";
import type { TargetedEvent } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { execute } from "../client/execute.js";
import { annotateCluster } from "../generated/operations.js";
import { Clamped } from "../parts/Clamped.js";
import { Notice } from "../parts/Notice.js";
import { Text } from "../parts/Text.js";

interface ClusterAnnotationProps {
  cluster: { id: string; name: string | null; note: string | null };
  /** Called when something else is said of the cluster. */
  changed(): void;
}

/** What people have noted about a cluster, and its name and note to be edited in place. */
export function ClusterAnnotation({ cluster, changed }: ClusterAnnotationProps) {
  const edits = useSignal(false);
  const button = useRef<HTMLButtonElement>(null);
  const before = useRef(false);
  useLayoutEffect(() => {
    // Where Tab continues once the form is closed.
    if (before.current && !edits.value) button.current?.focus();
    before.current = edits.value;
  }, [edits.value]);
  const { name, note } = cluster;
  if (edits.value) {
    return (
      <section class="annotation" aria-label="Name and note">
        <AnnotationForm
          cluster={cluster}
          close={(what) => {
            edits.value = false;
            if (what === "saved") changed();
          }}
        />
      </section>
    );
  }
  return (
    <section class="annotation" aria-label="Name and note">
      {note !== null && (
        <Clamped lines={12}>
          <Text text={note} />
        </Clamped>
      )}
      <button type="button" ref={button} onClick={() => (edits.value = true)}>
        {name === null && note === null ? "Add a name or note" : "Edit name and note"}
      </button>
    </section>
  );
}

interface AnnotationFormProps {
  cluster: ClusterAnnotationProps["cluster"];
  close(what: "saved" | "left"): void;
}

function AnnotationForm({ cluster, close }: AnnotationFormProps) {
  // What the fields began with: the cluster may be read again while they are edited.
  const opened = useRef(cluster).current;
  const name = useSignal(opened.name ?? "");
  const note = useSignal(opened.note ?? "");
  const isSaving = useSignal(false);
  const message = useSignal<string | null>(null);
  const [nameId, noteId] = [useId(), useId()];
  const first = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => first.current!.focus(), []);
  async function save(event: Event): Promise<void> {
    event.preventDefault();
    if (isSaving.peek()) return;
    isSaving.value = true;
    message.value = null;
    try {
      // Only what was edited, so that what somebody else wrote meanwhile stays.
      const input = {
        id: cluster.id,
        name: edited(name.value, opened.name),
        note: edited(note.value, opened.note),
      };
      if (input.name !== undefined || input.note !== undefined) {
        const outcome = (await execute(annotateCluster, { input })).annotateCluster;
        if (outcome && "message" in outcome) {
          message.value = "issues" in outcome ? complaintOf(outcome.issues) : outcome.message;
          return;
        }
      }
      close("saved");
    } catch (error) {
      message.value = (error as Error).message;
    } finally {
      isSaving.value = false;
    }
  }
  return (
    <form
      onSubmit={save}
      onKeyDown={({ key }) => {
        if (key === "Escape") close("left");
      }}
    >
      <div class="field">
        <label for={nameId}>Name</label>
        <input
          id={nameId}
          ref={first}
          dir="auto"
          value={name.value}
          onInput={(event: TargetedEvent<HTMLInputElement>) => (name.value = event.currentTarget.value)}
        />
      </div>
      <div class="field">
        <label for={noteId}>Note</label>
        <textarea
          id={noteId}
          dir="auto"
          rows={4}
          value={note.value}
          onInput={(event: TargetedEvent<HTMLTextAreaElement>) => (note.value = event.currentTarget.value)}
        />
      </div>
      {message.value !== null && (
        <Notice isError>
          <span dir="auto">{message.value}</span>
        </Notice>
      )}
      <div class="dialog-actions">
        <button type="button" onClick={() => close("left")}>
          Cancel
        </button>
        <button type="submit" class="primary" aria-disabled={isSaving.value}>
          Save
        </button>
      </div>
    </form>
  );
}

/** The value of a field of the mutation's input: null if it was emptied, undefined if it stays. */
function edited(text: string, before: string | null): string | null | undefined {
  const given = text.trim() === "" ? null : text;
  return given === before ? undefined : given;
}

/** What is wrong, in the words of the form, in which emptying a field removes what it holds. */
const complaintOf = (issues: readonly { path: readonly string[]; message: string }[]) =>
  issues
    .map(({ path, message }) => {
      const field = path.at(-1) === "name" ? "The name" : "The note";
      return `${field} ${message.replace(/; null removes it\.$/, ".")}`;
    })
    .join(" ");
