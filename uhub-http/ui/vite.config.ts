import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'
import { begin } from './build/begin.ts'
import { precompress } from './build/precompress.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The hub that `npm run dev` talks to. */
const hub = process.env['UHUB_DEV_HUB'] ?? 'http://127.0.0.1:8080'

/** The server puts this into the page; while developing there is no such server. */
const baseHref: Plugin = {
  name: 'uhub-base-href',
  apply: 'serve',
  transformIndexHtml: () => [{ tag: 'base', attrs: { href: '/' }, injectTo: 'head-prepend' }],
}

export default defineConfig({
  // The hub may be mounted under any prefix: nothing in the build knows where it lives.
  base: './',
  plugins: [vue(), baseHref, begin(), precompress(here('./dist'))],
  resolve: { alias: { '@': here('./src') } },
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_PROD_DEVTOOLS__: false,
  },
  build: {
    outDir: 'dist',
    target: 'es2022',
    // A data: URL would need an exception in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: {
      polyfill: false,
      // What the page itself names need not be looked for again with every part.
      resolveDependencies: (_, files, { hostType }) => (hostType === 'html' ? files : files.filter((file) => !/\/(vue|ui|shared|begin)-[^/]*\.js$/.test(file))),
    },
    reportCompressedSize: false,
    rolldownOptions: {
      input: [here('./index.html'), here('./src/begin.ts')],
      output: {
        codeSplitting: {
          groups: [
            // What asks for the rest waits for none of it.
            { name: 'begin', test: /\/src\/(begin|api\/(base|early|trace)|app\/routes|features\/calendar\/(usual|views)|i18n\/languages)\.ts|preload-helper|rolldown\/runtime/, priority: 4 },
            { name: 'vue', test: /node_modules\/(@vue|vue|vue-router)\//, priority: 3 },
            { name: 'calendar-lib', test: /node_modules\/(@fullcalendar|temporal-polyfill|temporal-utils)\//, priority: 2 },
            // What many pages share comes in a few files, not in eighty: on a phone each costs more than its weight.
            { name: 'ui', test: /export-helper|\/src\/ui\/(?!UCombobox|UTable|UTabs|UDialog|USwitch|UCheckbox|owner\.|\w+(List|Panel)\.)|node_modules\/@lucide\//, minShareCount: 4, priority: 2 },
            // What opens over a page comes when somebody is about to open it, or after the page.
            { name: 'overlays', test: /\/src\/ui\/(UDialog|USwitch|UCheckbox|owner\.|\w+(List|Panel)\.)|node_modules\/(reka-ui\/dist\/(?!Combobox|Listbox|Tabs)|@floating-ui|@vueuse|@internationalized)/, minShareCount: 3, priority: 1 },
            { name: 'shared', test: /\/src\/(?!main\.ts)|reka-ui\/dist\/(ConfigProvider|shared\/createContext)/, tags: ['$initial'], priority: 2 },
            // The page that most visits begin with, and what others share with it.
            { name: 'calendar', test: /\/src\/features\/calendar\/CalendarPage\.vue/ },
          ],
        },
      },
    },
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: {
      '^/(admin|approvals|audit|auth|bootstrap|calendar|calendar\\.ics|events|freezes|healthz|hooks|hub|jobs|metrics|openapi\\.json|projects|readyz|runs|users)(/|\\?|$)':
        { target: hub, changeOrigin: false },
    },
  },
  test: {
    include: ['src/**/*.test.ts', 'build/**/*.test.ts'],
    restoreMocks: true,
    css: true,
  },
})
