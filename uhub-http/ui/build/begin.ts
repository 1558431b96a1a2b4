import type { Plugin } from 'vite'

/**
 * Puts `src/begin.ts` into the page as a script of its own, before all others and waiting for none. Named in the page itself, it
 * would be made one with the app, and wait for all of it.
 */
export function begin(): Plugin {
  return {
    name: 'uhub-begin',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle }) {
        const chunk = Object.values(bundle ?? {}).find((one) => one.type === 'chunk' && one.name === 'begin')
        const src = chunk ? `./${chunk.fileName}` : './src/begin.ts'
        return html.replace('<title>', `<script type="module" async crossorigin src="${src}"></script>\n    <title>`)
      },
    },
  }
}
