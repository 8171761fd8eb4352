import { readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { defineConfig, type BuildOptions } from "vite";

const OUT = "../static";

/** Version of the built panel, so that browsers may keep it for ever. */
function panelVersion(): string {
  return createHash("sha256").update(readFileSync(`${OUT}/panel.js`)).digest("hex").slice(0, 12);
}

// A module loaded by `import()`. Not the library mode, which leaves the white space in.
const PANEL: BuildOptions = {
  emptyOutDir: true,
  modulePreload: false,
  rolldownOptions: {
    input: "src/panel/main.tsx",
    preserveEntrySignatures: "strict",
    output: { format: "es", entryFileNames: "panel.js" },
  },
};

// A classic script. The library mode, which leaves `import()` as it is.
const LOADER: BuildOptions = {
  emptyOutDir: false,
  lib: {
    entry: "src/loader/loader.ts",
    formats: ["iife"],
    name: "ContactHubLoader",
    fileName: () => "widget.js",
  },
};

// The panel is built first and empties the folder; the loader names the panel's version.
export default defineConfig(({ mode }) => ({
  define: mode === "loader" ? { __PANEL_VERSION__: JSON.stringify(panelVersion()) } : {},
  publicDir: mode === "panel" ? "public" : false,
  build: {
    outDir: OUT,
    target: "es2022",
    reportCompressedSize: false,
    ...(mode === "panel" ? PANEL : LOADER),
  },
}));
