import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

const hub = process.env.HUB_URL ?? 'http://127.0.0.1:8080'

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
    rolldownOptions: {
      output: {
        // What every page needs in few files: many tiny ones compress badly and cost a request each.
        codeSplitting: {
          groups: [
            { name: 'base', test: /node_modules\/(vue|@vue|@intlify|vue-i18n|vue-router|pinia|tinykeys)\// },
            { name: 'core', test: /src\/(stores|i18n\/index|app\/(attention|notices|theme)|shared\/(lib(?!\/(?:chart|duration))|domain|api\/(account|desk|errors|http|socket)|ui\/(ChannelIcon|TierChip|PriorityChip|PromiseTimer|TimeAgo|Ui(Avatar|Button|Chip|IconButton|Kbd|Menu|Tooltip)))\b)/ },
          ],
        },
      },
    },
  },
  server: {
    proxy: {
      '/api': { target: hub, ws: true },
      '/healthz': hub,
    },
  },
  test: { environment: 'happy-dom', setupFiles: ['./vitest.clicks.ts'], include: ['src/**/*.test.ts'] },
})
