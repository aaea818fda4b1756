import { defineConfig } from "vite";

const server = "http://127.0.0.1:4000";

/** The page. `npx vite web` serves it while it is changed, with the API of a server on the usual port. */
export default defineConfig({
  base: "./", // a proxy may serve the page below a path
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    assetsInlineLimit: 0, // the page's policy allows no data: in styles
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    proxy: Object.fromEntries(["/graphql", "/images", "/exports", "/maps/"].map((path) => [path, server])),
  },
});
