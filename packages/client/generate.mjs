#!/usr/bin/env node
/** Writes `src/generated/schema.ts` from the committed OpenAPI document. A test repeats it and compares. */
import { readFile, writeFile } from 'node:fs/promises'
import openapiTS, { astToString } from 'openapi-typescript'

const document = JSON.parse(await readFile(new URL('../../apps/control-plane/openapi.json', import.meta.url), 'utf8'))
const head = '/** Generated from apps/control-plane/openapi.json by `pnpm --filter @sallyport/client run schema`. Do not edit. */\n'

export async function generateSchema() {
  return head + astToString(await openapiTS(document, { alphabetize: true }))
}

if (process.argv[1] === new URL(import.meta.url).pathname)
  await writeFile(new URL('src/generated/schema.ts', import.meta.url), await generateSchema())
