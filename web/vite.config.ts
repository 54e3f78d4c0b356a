import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig, type Plugin } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const server = process.env.ORDERMILL_URL ?? "http://127.0.0.1:8420";

/** The paths of the console's views, for whoever serves the pages. */
const views: Plugin = {
  name: "views",
  apply: "build",
  generateBundle() {
    const source = readFileSync(here("src/ui/console/views.json"));
    this.emitFile({ type: "asset", fileName: "views.json", source });
  },
};

/** Every address of the console is its page, as on the server. */
const deepLinks: Plugin = {
  name: "deep-links",
  apply: "serve",
  configureServer({ middlewares }) {
    middlewares.use((request, _, next) => {
      if (/^\/console(\/|\?|$)/.test(request.url ?? "")) request.url = "/console.html";
      next();
    });
  },
};

export default defineConfig({
  root: here("."),
  publicDir: false,
  plugins: [tailwindcss(), views, deepLinks],
  build: {
    outDir: here("../src/ordermill/entrypoints/pages/app"),
    emptyOutDir: true,
    // Nothing inline: the pages' policy forbids it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // Whose the code and the pictures are that the pages are made of.
    license: { fileName: "third-party.md" },
    // three.js, which no page but the live view loads.
    chunkSizeWarningLimit: 700,
    rolldownOptions: { input: { storefront: here("index.html"), console: here("console.html") } },
  },
  server: {
    // The state machines stand beside the topology.
    fs: { allow: [here("..")] },
    // The server's cookie goes to every port of its host; `localhost` would be another one.
    host: "127.0.0.1",
    // The pages as they are edited; all else is the running server's, which takes it for its own pages'.
    proxy: {
      "^/(?!$|@|src/|node_modules/|console).*": { target: server, changeOrigin: true, headers: { origin: server } },
    },
  },
});
