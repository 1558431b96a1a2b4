// Writes src/api/schema.d.ts from an OpenAPI document: `npm run types -- <file>`, where the file is what `uhub openapi` prints.
import { readFileSync, writeFileSync } from 'node:fs'
import openapiTS, { astToString } from 'openapi-typescript'

const document = JSON.parse(readFileSync(process.argv[2] ?? 'openapi.json', 'utf8'))

// Operation ids repeat between aggregates (`list`, `get`); by id, the operations of one would get the types of another.
for (const path of Object.values(document.paths)) {
  for (const operation of Object.values(path)) delete operation.operationId
}

const header = '// Generated from the OpenAPI document by `npm run types`. Do not edit.\n\n'
writeFileSync(new URL('../src/api/schema.d.ts', import.meta.url), header + astToString(await openapiTS(document)))
