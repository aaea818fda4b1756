import { defineConfig } from "vite";

/** The address of Medoid. The page reaches it through its own origin, so that it needs no CORS. */
const target = process.env.MEDOID_ADDRESS ?? "http://127.0.0.1:4000";

export default defineConfig({
  server: {
    proxy: {
      "/graphql": { target, ws: true },
      "/images": target,
    },
  },
});
