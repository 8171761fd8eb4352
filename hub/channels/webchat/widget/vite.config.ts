import { readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { defineConfig, type BuildOptions, type Plugin } from "vite";

const OUT = "../static";

/**
 * The panel, and what it loads (the help, the menu, the emoji, our further questions, the customer's wishes), name each other with their common version, so that
 * browsers may keep both for ever and have one module of each.
 */
function versions(): Plugin {
  return {
    name: "versions",
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter((it) => it.type === "chunk");
      const hash = createHash("sha256");
      for (const it of chunks) hash.update(it.code);
      const version = hash.digest("hex").slice(0, 12);
      for (const it of chunks) {
        it.code = it.code.replace(/(["'`])(\.\/(?:panel|help|menu|more|roam|wishes|polled|emoji)\.js)\1/g, `$1$2?v=${version}$1`);
      }
    },
  };
}

/** Version of what was built, as the panel says it. */
function panelVersion(): string {
  const version = /help\.js\?v=([0-9a-f]{12})/.exec(readFileSync(`${OUT}/panel.js`, "utf8"))?.[1];
  if (!version) throw new Error("panel.js does not name its version");
  return version;
}

// A module loaded by `import()`. The library mode leaves `import()` as it is, without a helper that
// is larger than what there is to load; it would leave the white space in.
const PANEL: BuildOptions = {
  emptyOutDir: true,
  lib: { entry: "src/panel/main.tsx", formats: ["es"], fileName: () => "panel.js" },
  rolldownOptions: {
    // The help uses what the panel has: Preact, icons, the chat.
    preserveEntrySignatures: "allow-extension",
    output: { minify: true, comments: false, chunkFileNames: "[name].js" },
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
  plugins: mode === "panel" ? [versions()] : [],
  publicDir: mode === "panel" ? "public" : false,
  build: {
    outDir: OUT,
    target: "es2022",
    reportCompressedSize: false,
    ...(mode === "panel" ? PANEL : LOADER),
  },
}));
