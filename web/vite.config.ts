import { fileURLToPath } from 'node:url'

import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
// While developing, everything that is not a page of ours comes from a running `chengyun run`: one origin, one cookie.
const server = process.env.CHENGYUN_SERVER ?? 'http://127.0.0.1:8000'

export default defineConfig({
  base: '/static/web/',
  plugins: [vue()],
  resolve: { alias: { '@': here('./src') } },
  define: { __VUE_I18N_LEGACY_API__: false, __INTLIFY_DROP_MESSAGE_COMPILER__: false },
  build: {
    target: 'es2022',
    manifest: true,
    // Sizes are judged by scripts/sizes.mjs, per entry and compressed.
    chunkSizeWarningLimit: 4000,
    rollupOptions: {
      input: { console: here('./console.html'), field: here('./field.html'), public: here('./public.html') },
    },
  },
  server: {
    port: 5173,
    proxy: { '^/(api|admin|static/(?!web/)|language)': { target: server, changeOrigin: false } },
  },
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts'] },
})
