/** `../en/jobs.json` → `jobs`: a file's messages are found under its name. */
export function byFeature<T>(files: Record<string, T>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(files).map(([path, messages]) => [path.slice(path.lastIndexOf('/') + 1, -'.json'.length), messages]),
  )
}
