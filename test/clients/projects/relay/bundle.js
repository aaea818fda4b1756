// Replaces each graphql`…` with the output of relay-compiler, as Relay's plugin for Babel does, and bundles.
const { readFileSync } = require("node:fs");
const { transformSync } = require("@babel/core");
const { build } = require("esbuild");

const relay = {
  name: "relay",
  setup: ({ onLoad }) =>
    onLoad({ filter: /src\/[^/]*\.jsx?$/ }, ({ path }) => ({
      contents: transformSync(readFileSync(path, "utf8"), {
        filename: path,
        plugins: [["relay", { eagerEsModules: true }]],
        parserOpts: { plugins: ["jsx"] },
      }).code,
      loader: "jsx",
    })),
};
build({
  entryPoints: ["src/run.jsx"],
  outfile: "built/run.js",
  bundle: true,
  platform: "node",
  packages: "external",
  jsx: "automatic",
  plugins: [relay],
  logLevel: "warning",
}).catch(() => process.exit(1));
