// Writes corpus/model.json: the target model of the corpus schema, read from a real server by the engine's own queries.
// Run after a change of the corpus or of the model, with a database in which setup_sql ran, the workspace built, and psql:
//   psql -d DB -c "$(node -p 'JSON.parse(fs.readFileSync("packages/sql/corpus/sql.json")).setup_sql')"
//   PGDATABASE=DB node packages/sql/scripts/model.mjs
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { modelToJson } from '../dist/index.js'
import { buildModel } from '../../protocols/postgres/dist/model/build.js'
import { queries, settings } from '../../protocols/postgres/dist/model/catalog.js'
import { fetchDefinitions } from '../../protocols/postgres/dist/model/definitions.js'

function ask(query) {
  return JSON.parse(answer(query))
}

function answer(query) {
  const args = ['-X', '-q', '-A', '-t', '-c', 'set search_path = pg_catalog', '-c', query]
  return execFileSync('psql', query === settings ? ['-X', '-A', '-t', '-c', query] : args, { maxBuffer: 1 << 28 }).toString()
}

const catalog = { settings: ask(settings) }
for (const [name, query] of Object.entries(queries)) catalog[name] = ask(query)
const definitions = await fetchDefinitions({ query: async (query) => [[answer(query)]] }, catalog.definitions, new Map())
writeFileSync(new URL('../corpus/model.json', import.meta.url), `${modelToJson(buildModel(catalog, 'corpus', definitions))}\n`)
