/** @import { Plan } from "./network/run.js" */

const painters = ["ScenePainter-Careful", "ScenePainter-Dreamy"];
const viewers = ["SceneViewer-Plain", "SceneViewer-Poet"];

const initialPrompts = [
  "A red boat waits in the harbour at dusk while two gulls circle the white lighthouse.",
  "Three green apples and a blue teapot on the kitchen table, early in the morning.",
  "A fox crosses the snowy forest at night under a pale moon.",
  "An old bicycle leans against a bench in a garden full of tulips.",
  "A yellow umbrella in a rainy city street, and a black cat beneath the street lamp.",
  "A hot-air balloon floats over the desert at sunrise, above a lonely cactus and a camel.",
];
const seeds = [11, 12];

/**
 * Every painter with every viewer, from every prompt, with every seed: 48 runs of 60 invocations.
 *
 * @type {Plan[]}
 */
export const experiment = initialPrompts.flatMap((initialPrompt) =>
  painters.flatMap((painter) =>
    viewers.flatMap((viewer) =>
      seeds.map((seed) => ({ painter, viewer, initialPrompt, seed, maxLength: 60 })),
    ),
  ),
);
