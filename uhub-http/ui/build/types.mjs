// Writes src/api/schema.d.ts, or another file, from what `uhub openapi` prints: `npm run types -- <document> [<file>]`.
import { readFileSync, writeFileSync } from 'node:fs'
import openapiTS, { astToString } from 'openapi-typescript'

const document = JSON.parse(readFileSync(process.argv[2] ?? 'openapi.json', 'utf8'))

// Operation ids repeat between aggregates (`list`, `get`); by id, the operations of one would get the types of another.
for (const path of Object.values(document.paths)) {
  for (const operation of Object.values(path)) delete operation.operationId
}

const header = '// Generated from the OpenAPI document by `cargo xtask generate`. Do not edit.\n\n'
const file = process.argv[3] ?? new URL('../src/api/schema.d.ts', import.meta.url)
writeFileSync(file, header + astToString(await openapiTS(document)))
