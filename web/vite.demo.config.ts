/**
 * The static demo: one page with everything in it, the recording named by ORDERMILL_RECORDING too, written to the folder
 * ORDERMILL_DEMO. Its script is a classic one, as browsers refuse modules to pages that are opened from a file.
 */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig, type Plugin } from "vite";

const LICENSES = "third-party.md";
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

function named(variable: string): string {
  const path = process.env[variable];
  if (!path) throw new Error(`${variable} is not set: make demo-site sets it`);
  return path;
}

/** In a page nothing may end the element that a text is in, nor begin another. */
const inScript = (code: string) => code.replaceAll(/<(?=\/script|!--)/gi, "\\x3C");
const inJson = (text: string) => text.replaceAll("<", "\\u003c");

const onePage: Plugin = {
  name: "one-page",
  enforce: "post",
  generateBundle: {
    order: "post",
    handler(_, bundle) {
      const parts = { script: "", styles: "", licenses: "" };
      for (const [name, each] of Object.entries(bundle)) {
        if (each.type === "chunk") parts.script += each.code;
        else if (name.endsWith(".css")) parts.styles += each.source;
        else if (name === LICENSES) parts.licenses += each.source;
        else this.error(`${name} is not in the page`);
        delete bundle[name];
      }
      const recording: unknown = JSON.parse(readFileSync(named("ORDERMILL_RECORDING"), "utf8"));
      const page = readFileSync(here("demo.html"), "utf8")
        .replace("<!-- styles -->", () => `<style>${parts.styles}</style>`)
        .replace(
          "<!-- recording -->",
          () => `<script type="application/json" id="recording">${inJson(JSON.stringify(recording))}</script>`,
        )
        .replace("<!-- licenses -->", () => `<script type="text/plain">${inScript(parts.licenses)}</script>`)
        .replace("<!-- script -->", () => `<script>${inScript(parts.script)}</script>`);
      this.emitFile({ type: "asset", fileName: "index.html", source: page });
    },
  },
};

export default defineConfig({
  root: here("."),
  publicDir: false,
  plugins: [tailwindcss(), onePage],
  build: {
    outDir: named("ORDERMILL_DEMO"),
    emptyOutDir: true,
    assetsInlineLimit: Number.MAX_SAFE_INTEGER,
    cssCodeSplit: false,
    modulePreload: false,
    license: { fileName: LICENSES },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2_000,
    rolldownOptions: { input: here("src/demo.tsx"), output: { format: "iife", codeSplitting: false } },
  },
});
