import { type HdbscanParameters, parameterFaults } from "./parameters.js";
import type { SweepSetting } from "./sweep.js";

/** The parameters that a sweep varies. */
export type SweptParameters = Pick<
  HdbscanParameters,
  "minClusterSize" | "clusterSelectionMethod" | "clusterSelectionEpsilon"
>;

/** The values to combine, each with each. What is absent or null is as in the result that is compared with. */
export interface SweepInput {
  minClusterSizes: readonly number[];
  clusterSelectionMethods?: readonly HdbscanParameters["clusterSelectionMethod"][] | null;
  clusterSelectionEpsilons?: readonly number[] | null;
  allowSingleCluster?: boolean | null;
}

/** A value that a sweep cannot have. */
export interface SweepFault {
  /** A list of `SweepInput` and, of a value in it, its index. */
  path: [list: string] | [list: string, index: string];
  /** What it must be, as the end of a sentence. */
  message: string;
  value: unknown;
}

/** The parameters of a clustering that select clusters from its spanning tree. */
export function settingOf({
  minClusterSize,
  clusterSelectionMethod,
  clusterSelectionEpsilon,
  maxClusterSize,
  allowSingleCluster,
}: SweepSetting): SweepSetting {
  return {
    ...{ minClusterSize, clusterSelectionMethod, clusterSelectionEpsilon },
    ...{ maxClusterSize, allowSingleCluster },
  };
}

/**
 * The parameters that a clustering has with others to select clusters.
 *
 * @param own parameters of the clustering to compare with, which may be more than those of selection
 */
export function withSetting<Own extends SweepSetting>(
  own: Own,
  { minClusterSize, clusterSelectionMethod, clusterSelectionEpsilon }: SweptParameters,
  { allowSingleCluster }: Pick<SweepInput, "allowSingleCluster">,
): Own {
  return {
    ...own,
    ...{ minClusterSize, clusterSelectionMethod, clusterSelectionEpsilon },
    // It bounds the choice of EXCESS_OF_MASS alone.
    maxClusterSize: clusterSelectionMethod === "LEAF" ? null : own.maxClusterSize,
    allowSingleCluster: allowSingleCluster ?? own.allowSingleCluster,
  };
}

/** Settings with equal keys differ in nothing but their minClusterSize. */
export const keyBesidesSize = ({
  clusterSelectionMethod,
  clusterSelectionEpsilon,
}: SweptParameters): string => `${clusterSelectionMethod} ${clusterSelectionEpsilon}`;

/** By method, epsilon and size: the settings of each key are next to each other. */
export const compareSettings = (a: SweptParameters, b: SweptParameters): number =>
  a.clusterSelectionMethod.localeCompare(b.clusterSelectionMethod) ||
  a.clusterSelectionEpsilon - b.clusterSelectionEpsilon ||
  a.minClusterSize - b.minClusterSize;

/** Every combination: by size as given, then by method, then by epsilon. */
export function combinedSettings(own: SweepSetting, input: SweepInput): SweepSetting[] {
  const { sizes, methods, epsilons } = listsOf(own, input);
  return sizes.flatMap((minClusterSize) =>
    methods.flatMap((clusterSelectionMethod) =>
      epsilons.map((clusterSelectionEpsilon) =>
        withSetting(
          settingOf(own),
          { minClusterSize, clusterSelectionMethod, clusterSelectionEpsilon },
          input,
        ),
      ),
    ),
  );
}

/**
 * All that is wrong with the values to combine.
 *
 * @param most the largest number of combinations
 */
export function sweepFaults(own: SweepSetting, input: SweepInput, most: number): SweepFault[] {
  const { sizes, methods, epsilons } = listsOf(own, input);
  const lists = {
    minClusterSizes: sizes,
    clusterSelectionMethods: methods,
    clusterSelectionEpsilons: epsilons,
  };
  const faults: SweepFault[] = [];
  for (const [name, list] of Object.entries(lists)) {
    if (list.length === 0) faults.push({ path: [name], message: "must have at least one value.", value: [] });
  }
  const combinations = sizes.length * methods.length * epsilons.length;
  if (combinations > most) {
    const message = `must make at most ${most} combinations with the other lists; ${sizes.length} sizes × ${methods.length} methods × ${epsilons.length} epsilons are ${combinations}.`;
    return [...faults, { path: ["minClusterSizes"], message, value: combinations }];
  }
  faults.push(...faultsOfValues(sizes, "minClusterSize"));
  faults.push(...faultsOfValues(epsilons, "clusterSelectionEpsilon"));
  const { maxClusterSize } = own;
  if (maxClusterSize !== null && methods.includes("EXCESS_OF_MASS")) {
    const message = `must be at most the result's maxClusterSize, ${maxClusterSize}, with EXCESS_OF_MASS.`;
    for (const [at, value] of sizes.entries()) {
      if (value > maxClusterSize) faults.push({ path: ["minClusterSizes", String(at)], message, value });
    }
  }
  return faults;
}

const listsOf = (own: SweepSetting, input: SweepInput) => ({
  sizes: input.minClusterSizes,
  methods: input.clusterSelectionMethods ?? [own.clusterSelectionMethod],
  epsilons: input.clusterSelectionEpsilons ?? [own.clusterSelectionEpsilon],
});

/** Each value of a list that a clustering would refuse, whatever its other parameters. */
function faultsOfValues(
  values: readonly number[],
  field: "minClusterSize" | "clusterSelectionEpsilon",
): SweepFault[] {
  return values.flatMap((value, at) =>
    parameterFaults({ [field]: value })
      .filter((fault) => fault.field === field)
      .map(({ message }) => ({
        path: [`${field}s`, String(at)],
        message: `${message.replace(`${field} `, "")}.`,
        value,
      })),
  );
}
