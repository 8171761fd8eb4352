import { readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { defineConfig } from "vite";

const OUT = "../static";

/** Version of the built panel, so that browsers may keep it for ever. */
function panelVersion(): string {
  try {
    return createHash("sha256").update(readFileSync(`${OUT}/panel.js`)).digest("hex").slice(0, 12);
  } catch {
    return "dev";
  }
}

export default defineConfig(({ mode }) => ({
  define: mode === "loader" ? { __PANEL_VERSION__: JSON.stringify(panelVersion()) } : {},
  // The panel is built first and empties the folder; the loader names the panel's version.
  publicDir: mode === "panel" ? "public" : false,
  build: {
    outDir: OUT,
    emptyOutDir: mode === "panel",
    target: "es2022",
    reportCompressedSize: false,
    lib:
      mode === "panel"
        ? { entry: "src/panel/main.tsx", formats: ["es"], fileName: () => "panel.js" }
        : {
            entry: "src/loader/loader.ts",
            formats: ["iife"],
            name: "ContactHubLoader",
            fileName: () => "widget.js",
          },
  },
}));
