import { classify, createParser, type Classified, originsOf, type TargetModel } from '@sallyport/sql'
import { type DescribedColumn, readRowDescription } from '../../src/codec/index.js'
import { loadModel } from '../../src/model/load.js'
import { openLine, type Line } from '../differential/line.js'
import { fields, frame, joined, say } from '../play/words.js'
import { startTarget, type Major } from '../target.js'
import { dial } from '../transports.js'
import { type Secret, secrets, worldWith } from './world.js'

/** What one world answers: rows as text, or why not. */
export interface Answer {
  readonly columns: readonly DescribedColumn[]
  readonly rows: readonly (readonly (string | null)[])[]
  readonly error: string | undefined
}

/** Worlds that are the same but for the values of one column each, and our own reading of what is asked of them. */
export interface Worlds {
  readonly model: TargetModel
  readonly origins: ReturnType<typeof originsOf>
  read(text: string): Promise<Classified>
  /** Of the world that all others are held against. */
  ask(text: string): Promise<Answer>
  askOther(secret: Secret, text: string): Promise<Answer>
  /** Every value, as text, that a column of a table holds. */
  values(column: string): Promise<ReadonlySet<string>>
  stop(): Promise<void>
}

export async function startWorlds(major: Major = 15): Promise<Worlds> {
  const server = await startTarget({ autovacuum: 'off', statement_timeout: '1s', jit: 'off', max_parallel_workers_per_gather: '0' }, major)
  const parser = createParser({ timeoutMs: 60_000 })
  const make = async (database: string, other: Secret | undefined): Promise<Line> => {
    await server.sql(`create database ${database}`)
    const side = await server.side(database)
    for (const statement of worldWith(other)) await side.query(statement)
    side.close()
    return openLine((await dial(server.port)).stream, { user: 'app_trust', database })
  }
  await server.sql('grant pg_read_all_data, pg_write_all_data to app_trust')
  const one = await make('one', undefined)
  const others = new Map<Secret, Line>()
  for (const [i, secret] of (Object.keys(secrets) as Secret[]).entries()) others.set(secret, await make(`other_${i}`, secret))
  const side = await server.side('one')
  const { model } = await loadModel(side)
  side.close()
  const known = new Map<string, ReadonlySet<string>>()

  return {
    model,
    origins: originsOf(model),
    async read(text) {
      const [statement, ...more] = classify(await parser.parse(text), { model, searchPath: model.searchPath })
      if (statement === undefined || more.length > 0) throw new Error(`not one statement: ${text}`)
      return statement
    },
    ask: (text) => ask(one, text),
    askOther: (secret, text) => ask(others.get(secret) ?? one, text),
    async values(column) {
      const before = known.get(column)
      const [schema, relation, name] = column.split('.')
      const { rows } = before === undefined ? await ask(one, `select "${name}"::text from "${schema}"."${relation}"`) : { rows: [] }
      const found = before ?? new Set(rows.map(([value]) => value ?? ''))
      known.set(column, found)
      return found
    },
    async stop() {
      for (const line of [one, ...others.values()]) line.close()
      await parser.close()
      await server.stop()
    },
  }
}

const asked = new WeakMap<Line, number>()

/** In a transaction that is rolled back, so that statements that change something can be asked again. */
async function ask(line: Line, text: string): Promise<Answer> {
  const count = (asked.get(line) ?? 0) + 3
  asked.set(line, count)
  line.say(joined(say.query('begin'), say.run(text), say.sync(), say.query('rollback')))
  await line.ready(count)
  const heard = line.heard.splice(0)
  const described = heard.find(({ type }) => type === 'T')
  const error = heard.find(({ type }) => type === 'E')
  return {
    columns: described === undefined ? [] : readRowDescription(frame('T', described.body)),
    rows: heard.filter(({ type }) => type === 'D').map(({ body }) => cells(body)),
    error: error && `${fields(error.body)['C']} ${fields(error.body)['M']}`,
  }
}

function cells(body: Buffer): (string | null)[] {
  const found: (string | null)[] = []
  for (let at = 2; at < body.length;) {
    const size = body.readInt32BE(at)
    at += 4
    found.push(size < 0 ? null : body.toString('utf8', at, at + Math.max(0, size)))
    at += Math.max(0, size)
  }
  return found
}
