import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

/** What gains from compression; fonts and images are compressed already. */
const TEXT = new Set(['.css', '.html', '.js', '.json', '.svg', '.webmanifest'])
/** Below this the headers weigh more than what is saved. */
const SMALLEST = 1024

function filesIn(directory: string): string[] {
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name)
    return statSync(path).isDirectory() ? filesIn(path) : [path]
  })
}

/** Puts a `.br` and a `.gz` beside every text file, so that the server never compresses at run time. */
export function precompress(directory: string): Plugin {
  return {
    name: 'uhub-precompress',
    apply: 'build',
    enforce: 'post',
    closeBundle() {
      for (const path of filesIn(directory)) {
        if (!TEXT.has(extname(path))) continue
        const content = readFileSync(path)
        if (content.length <= SMALLEST) continue
        writeFileSync(`${path}.br`, brotliCompressSync(content, {
          params: {
            [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
            [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
          },
        }))
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }))
      }
    },
  }
}
