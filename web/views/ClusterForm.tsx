import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { execute } from "../client/execute.js";
import { useQuery } from "../client/useQuery.js";
import {
  type ClusterEmbeddingsInput,
  cluster,
  type EstimateQuery,
  estimate,
  type ResultSummaryFragment,
} from "../generated/operations.js";
import { Dialog } from "../parts/Dialog.js";
import { aboutDuration, bytes, count, counted } from "../parts/format.js";
import { Notice } from "../parts/Notice.js";
import { filterTexts } from "../parts/parameters.js";
import { formIssues } from "./clusterFormIssues.js";
import {
  type FormField,
  type FormValues,
  filterOf,
  initialValues,
  inputOf,
  unreadableFields,
  valuesOf,
} from "./clusterFormValues.js";

/** A clustering whose embeddings are clustered again. */
type Repeated = Pick<
  ResultSummaryFragment,
  "embeddingModel" | "algorithm" | "parameters" | "filter" | "embeddingCount"
>;

interface ClusterFormProps {
  /** The models that have embeddings, at least one; or the clustering whose parameters the fields begin with. */
  of: readonly { name: string; embeddingCount: number; dimensions: number }[] | Repeated;
  onClose(): void;
  /** @param id of the clustering that was started */
  onStarted(id: string): void;
}

const settleMilliseconds = 250;

/** Asks what is to be clustered and how, says what that would take, and starts it. */
export function ClusterForm({ of, onClose, onStarted }: ClusterFormProps) {
  const repeated = "parameters" in of ? of : null;
  const models = "parameters" in of ? [] : of;
  const filter = repeated ? filterOf(repeated) : undefined;
  const values = useSignal<FormValues>(repeated ? valuesOf(repeated) : initialValues(largestOf(models)));
  /** What was entered, once the reader pauses; null while it cannot be read. */
  const settled = useSignal<ClusterEmbeddingsInput | null>(inputOf(values.peek(), filter));
  const message = useSignal<string | null>(null);
  const isStarting = useSignal(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      settled.value = unreadableFields(values.value).length > 0 ? null : inputOf(values.value, filter);
    }, settleMilliseconds);
    return () => clearTimeout(timer);
  }, [values.value]);
  const { data, failure, isReading } = useQuery(estimate, settled.value && { input: settled.value }, {
    keepsData: true,
  });
  // If it failed, the data are those of an earlier input.
  const estimated = failure ? null : (data?.clusteringEstimate ?? null);
  const issues = formIssues(values.value, estimated?.error ?? null);
  /** Whether the estimate is that of what the fields say now. */
  const isCurrent =
    !failure && !isReading && JSON.stringify(settled.value) === JSON.stringify(inputOf(values.value, filter));
  const set = (changed: Partial<FormValues>) => {
    values.value = { ...values.peek(), ...changed };
    message.value = null;
  };
  const more = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    // What is wrong is to be seen.
    if (more.current?.querySelector(".invalid")) more.current.open = true;
  });
  const form = useRef<HTMLFormElement>(null);
  const isReduced = values.value.reduction !== "";

  async function start(event: Event): Promise<void> {
    event.preventDefault();
    if (isStarting.peek()) return;
    const isUnreadable = unreadableFields(values.value).length > 0;
    // The server refuses what cannot be clustered, also if it could not be estimated.
    if (isUnreadable || (isCurrent && (issues.fields.size > 0 || issues.other !== null))) {
      form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
      return;
    }
    isStarting.value = true;
    message.value = null;
    try {
      const { clusterEmbeddings } = await execute(cluster, { input: inputOf(values.peek(), filter) });
      if (clusterEmbeddings && "id" in clusterEmbeddings) onStarted(clusterEmbeddings.id);
      else message.value = clusterEmbeddings?.message ?? "The clustering was not started.";
    } catch (error) {
      message.value = (error as Error).message;
    } finally {
      isStarting.value = false;
    }
  }

  const number = (name: FormField, attributes: object = {}) => ({
    type: "number",
    inputMode: "decimal" as const,
    value: values.value[name] as string,
    onInput: (event: InputEvent) => set({ [name]: (event.target as HTMLInputElement).value }),
    ...attributes,
  });
  const select = (name: FormField) => ({
    value: values.value[name] as string,
    onChange: (event: Event) => set({ [name]: (event.target as HTMLSelectElement).value }),
  });
  const lines = (name: FormField) => ({
    rows: 2,
    dir: "auto" as const,
    value: values.value[name] as string,
    onInput: (event: InputEvent) => set({ [name]: (event.target as HTMLTextAreaElement).value }),
  });

  return (
    <Dialog title={repeated ? "Cluster again" : "Cluster embeddings"} onClose={onClose}>
      <form ref={form} onSubmit={start} noValidate>
        {repeated ? (
          <RepeatedEmbeddings repeated={repeated} matching={estimated?.embeddingCount ?? null} />
        ) : (
          <Field name="Embedding model" hint={null} issue={issues.fields.get("embeddingModel")}>
            {(field) => (
              <select {...field} {...select("embeddingModel")}>
                {models.map(({ name, embeddingCount }) => (
                  <option key={name} value={name}>
                    {name} ({counted(embeddingCount, "embedding")})
                  </option>
                ))}
              </select>
            )}
          </Field>
        )}
        <Field
          name="Minimum cluster size"
          hint={minClusterSizeHint(estimated, values.value.minClusterSize === "")}
          issue={issues.fields.get("minClusterSize")}
        >
          {(field) => (
            <input
              {...field}
              {...number("minClusterSize", { min: 2, step: 1 })}
              placeholder={estimated?.minClusterSize == null ? "" : String(estimated.minClusterSize)}
            />
          )}
        </Field>
        <details class="folded" ref={more} open={repeated !== null}>
          <summary>More</summary>
          {!repeated && (
            <fieldset>
              <legend>Which embeddings</legend>
              <div class="fields">
                <Field
                  name="From step"
                  hint="Steps are counted from 0."
                  issue={issues.fields.get("fromStep")}
                >
                  {(field) => <input {...field} {...number("fromStep", { min: 0, step: 1 })} />}
                </Field>
                <Field
                  name="To step"
                  hint="Empty: to the end of each run."
                  issue={issues.fields.get("toStep")}
                >
                  {(field) => <input {...field} {...number("toStep", { min: 0, step: 1 })} />}
                </Field>
                <Field
                  name="Every nth step"
                  hint="2 takes every other one."
                  issue={issues.fields.get("everyNth")}
                >
                  {(field) => (
                    <input {...field} {...number("everyNth", { min: 1, step: 1, placeholder: "1" })} />
                  )}
                </Field>
              </div>
              <Field
                name="Initial prompts"
                hint="One a line, exactly as recorded. Empty: any."
                issue={issues.fields.get("initialPrompts")}
              >
                {(field) => <textarea {...field} {...lines("initialPrompts")} />}
              </Field>
              <Field
                name="Models of the invocations"
                hint="One a line. Empty: any."
                issue={issues.fields.get("models")}
              >
                {(field) => <textarea {...field} {...lines("models")} />}
              </Field>
              <Field
                name="Networks"
                hint="One a line, its models with arrows between them, as in: Painter → Viewer. Empty: any."
                issue={issues.fields.get("networks")}
              >
                {(field) => <textarea {...field} {...lines("networks")} />}
              </Field>
              <Field
                name="Runs"
                hint="Their ids, one a line, as in the addresses of runs. Empty: any."
                issue={issues.fields.get("runIds")}
              >
                {(field) => <textarea {...field} {...lines("runIds")} />}
              </Field>
            </fieldset>
          )}
          <fieldset>
            <legend>How</legend>
            <div class="fields">
              <Field
                name="Algorithm"
                hint="Approximate is faster for large inputs."
                issue={issues.fields.get("algorithm")}
              >
                {(field) => (
                  <select {...field} {...select("algorithm")}>
                    <option value="HDBSCAN">HDBSCAN, exact</option>
                    <option value="APPROXIMATE_HDBSCAN">HDBSCAN, approximate</option>
                  </select>
                )}
              </Field>
              <Field
                name="Clusters"
                hint="Leaves are more, smaller and more uniform."
                issue={issues.fields.get("clusterSelectionMethod")}
              >
                {(field) => (
                  <select {...field} {...select("clusterSelectionMethod")}>
                    <option value="EXCESS_OF_MASS">those that persist longest</option>
                    <option value="LEAF">leaves of the hierarchy</option>
                  </select>
                )}
              </Field>
              <Field name="Distance" hint={null} issue={issues.fields.get("metric")}>
                {(field) => (
                  <select {...field} {...select("metric")}>
                    <option value="EUCLIDEAN">Euclidean</option>
                    <option value="COSINE">cosine</option>
                  </select>
                )}
              </Field>
              <Field
                name="Samples"
                hint="More of them: more outliers, denser clusters."
                issue={issues.fields.get("minSamples")}
              >
                {(field) => (
                  <input
                    {...field}
                    {...number("minSamples", { min: 1, step: 1 })}
                    placeholder={estimated?.minSamples == null ? "" : String(estimated.minSamples)}
                  />
                )}
              </Field>
              <Field
                name="Reduce dimensions first"
                hint="Finds clusters where vectors have very many dimensions."
                issue={issues.fields.get("reduction")}
              >
                {(field) => (
                  <select {...field} {...select("reduction")}>
                    <option value="">no</option>
                    <option value="UMAP">by UMAP</option>
                    <option value="PCA">by PCA</option>
                  </select>
                )}
              </Field>
              {isReduced && (
                <Field name="Dimensions" hint="Empty: 5." issue={issues.fields.get("dimensions")}>
                  {(field) => (
                    <input {...field} {...number("dimensions", { min: 1, step: 1, placeholder: "5" })} />
                  )}
                </Field>
              )}
              {values.value.reduction === "UMAP" && (
                <>
                  <Field
                    name="Neighbours"
                    hint="How many vectors are a vector’s neighbourhood. Empty: 15."
                    issue={issues.fields.get("neighbours")}
                  >
                    {(field) => (
                      <input {...field} {...number("neighbours", { min: 2, step: 1, placeholder: "15" })} />
                    )}
                  </Field>
                  <Field
                    name="Minimum distance"
                    hint="0 packs clusters densely."
                    issue={issues.fields.get("minDistance")}
                  >
                    {(field) => (
                      <input
                        {...field}
                        {...number("minDistance", { min: 0, max: 1, step: "any", placeholder: "0" })}
                      />
                    )}
                  </Field>
                  <Field
                    name="Seed"
                    hint="The same one gives the same result. Empty: 0."
                    issue={issues.fields.get("seed")}
                  >
                    {(field) => <input {...field} {...number("seed", { step: 1, placeholder: "0" })} />}
                  </Field>
                </>
              )}
              <Field
                name="Epsilon"
                hint="Clusters closer than this are not split."
                issue={issues.fields.get("clusterSelectionEpsilon")}
              >
                {(field) => (
                  <input
                    {...field}
                    {...number("clusterSelectionEpsilon", { min: 0, step: "any", placeholder: "0" })}
                  />
                )}
              </Field>
              <Field
                name="Maximum cluster size"
                hint="Empty: no limit."
                issue={issues.fields.get("maxClusterSize")}
              >
                {(field) => <input {...field} {...number("maxClusterSize", { min: 2, step: 1 })} />}
              </Field>
              <Field
                name="Alpha"
                hint="Distances between two embeddings are divided by it, core distances are not. Empty: 1."
                issue={issues.fields.get("alpha")}
              >
                {(field) => (
                  <input {...field} {...number("alpha", { min: 0, step: "any", placeholder: "1" })} />
                )}
              </Field>
            </div>
            <label class="check">
              <input
                type="checkbox"
                checked={values.value.normalize || values.value.metric === "COSINE"}
                disabled={values.value.metric === "COSINE"}
                onChange={(event) => set({ normalize: event.currentTarget.checked })}
              />
              Scale every vector to length 1 first, which the cosine distance always does
            </label>
            <label class="check">
              <input
                type="checkbox"
                checked={values.value.allowSingleCluster}
                onChange={(event) => set({ allowSingleCluster: event.currentTarget.checked })}
              />
              All embeddings may form a single cluster
            </label>
          </fieldset>
        </details>
        {failure ? (
          <Notice isError>{failure.message}</Notice>
        ) : (
          <Estimate
            estimated={estimated}
            hasIssues={issues.fields.size > 0}
            problem={issues.other}
            useApproximate={() => set({ algorithm: "APPROXIMATE_HDBSCAN" })}
          />
        )}
        {message.value !== null && (
          <Notice isError>
            <span dir="auto">{message.value}</span>
          </Notice>
        )}
        <div class="dialog-actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" aria-disabled={isStarting.value}>
            Cluster
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function largestOf(models: readonly { name: string; embeddingCount: number }[]): string {
  return models.reduce((a, b) => (b.embeddingCount > a.embeddingCount ? b : a)).name;
}

/** What is clustered again, and whether that is still the same. @param props.matching how many embeddings match now */
function RepeatedEmbeddings({ repeated, matching }: { repeated: Repeated; matching: number | null }) {
  const { embeddingModel, embeddingCount } = repeated;
  const filters = filterTexts(repeated.filter);
  return (
    <p>
      <strong dir="auto">{embeddingModel.name}</strong>
      {": "}
      <span dir="auto">{filters.length > 0 ? filters.join(" · ") : "all embeddings"}</span>
      {matching !== null && embeddingCount !== null && matching !== embeddingCount && (
        <>
          . {counted(matching, "embedding")} {matching === 1 ? "matches" : "match"} now; the clustering was of{" "}
          {count(embeddingCount)}.
        </>
      )}
    </p>
  );
}

function minClusterSizeHint(estimated: EstimateQuery["clusteringEstimate"], isDefault: boolean): string {
  const meaning = "The fewest embeddings that count as a cluster; smaller groups are outliers.";
  if (!isDefault || estimated?.minClusterSize == null || estimated.embeddingCount == null) return meaning;
  const { minClusterSize, embeddingCount } = estimated;
  const isThousandth = minClusterSize === Math.floor(embeddingCount / 1000);
  const why = isThousandth ? `, a thousandth of the ${counted(embeddingCount, "embedding")}` : "";
  return `${meaning} Empty: ${count(minClusterSize)}${why}.`;
}

interface EstimateProps {
  estimated: EstimateQuery["clusteringEstimate"];
  /** Whether something is wrong with fields, which say so. */
  hasIssues: boolean;
  /** What else prevents the clustering; null for nothing. */
  problem: string | null;
  useApproximate(): void;
}

/** What the clustering would take, or why it cannot be started. */
function Estimate({ estimated, hasIssues, problem, useApproximate }: EstimateProps) {
  const error = estimated?.error;
  const text = problem ?? (hasIssues ? "The fields in red need other values." : estimateText(estimated));
  return (
    <output class={problem !== null || hasIssues ? "estimate error" : "estimate"}>
      <span dir="auto">{text}</span>
      {error?.__typename === "ResourceLimitError" && error.suggestion === "APPROXIMATE_HDBSCAN" && (
        <button type="button" onClick={useApproximate}>
          Use the approximate algorithm
        </button>
      )}
    </output>
  );
}

function estimateText(estimated: EstimateQuery["clusteringEstimate"]): string {
  if (!estimated) return "Estimating…";
  const { embeddingCount, seconds, bytes: size } = estimated;
  return `${counted(embeddingCount ?? 0, "embedding")} · ${aboutDuration(seconds ?? 0)} · ${bytes(size ?? 0)} of memory`;
}

interface FieldProps {
  name: string;
  hint?: string | null;
  issue?: string;
  children(attributes: {
    id: string;
    "aria-describedby"?: string;
    "aria-invalid"?: boolean;
  }): ComponentChildren;
}

function Field({ name, hint, issue, children }: FieldProps) {
  const id = useId();
  const about = issue ?? hint;
  return (
    <div class={issue ? "field invalid" : "field"}>
      <label for={id}>{name}</label>
      {children({
        id,
        "aria-describedby": about ? `${id}-about` : undefined,
        "aria-invalid": issue ? true : undefined,
      })}
      {about && (
        <small id={`${id}-about`} dir="auto">
          {about}
        </small>
      )}
    </div>
  );
}
