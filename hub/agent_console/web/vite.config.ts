import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

const hub = process.env.HUB_URL ?? 'http://127.0.0.1:8080'

// Small parts that the first page always needs travel as one file: fewer requests, better compressed.
const SHELL = new RegExp(
  [
    String.raw`lucide.+/icons/(circle-check|x|check|book-open|headset|settings|users-round|chevron-down|phone|clock|search|user-round)\.`,
    'src/stores/(setup|toasts|preferences|agent_state)',
    'src/shared/(lib/(now|time|text|sound|attention)|domain/(address|promise))',
    'src/shared/ui/(UiButton|UiKbd|UiChip|UiAvatar)',
  ].join('|'),
)

export default defineConfig({
  plugins: [vue(), tailwindcss()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_PROD_DEVTOOLS__: false,
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: false,
    __VUE_I18N_FULL_INSTALL__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_DROP_MESSAGE_COMPILER__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
    __INTLIFY_JIT_COMPILATION__: true,
  },
  build: {
    outDir: '../static',
    emptyOutDir: true,
    target: 'es2022',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    assetsInlineLimit: 0,
    manifest: true,
    reportCompressedSize: false,
    modulePreload: { polyfill: false },
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'shell', test: SHELL }] } } },
  },
  server: {
    proxy: {
      '/api': { target: hub, ws: true },
      '/healthz': hub,
    },
  },
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts'] },
})
