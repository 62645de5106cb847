import { type Classification, createClassifier, createParser, modelFromJson } from '@sallyport/sql'
import { fields, joined, say } from '../play/words.js'
import { startTarget } from '../target.js'
import { dial } from '../transports.js'
import { type Line, openLine } from './line.js'
import type { Message } from './splitter.js'

/** How PostgreSQL's own grammar reads a text: how many statements, or not at all. */
export type Reading = 'nothing' | 'one' | 'several' | 'rejected' | 'nothing or the end of a transaction'

export interface Server {
  /** By the server's raw parser alone: nothing is resolved, and nothing runs. */
  read(texts: readonly string[]): Promise<readonly Reading[]>
  /** Whether it is of a version that the grammar is of. */
  readonly same: boolean
  /** SQLSTATE of what comes of a text in a transaction that may only read; undefined when it succeeds. */
  runReading(text: string): Promise<string | undefined>
  stop(): Promise<void>
}

/** `setup`: SQL that makes what statements are about. */
export async function startServer(major: 15 | 18, setup: string): Promise<Server> {
  const server = await startTarget({ autovacuum: 'off', statement_timeout: '1s' }, major)
  const side = await server.side()
  await side.query(setup)
  // The policy of a target is not what is asked here.
  await side.query('grant all on all tables in schema public to app_trust; grant pg_read_all_data, pg_write_all_data to app_trust')
  side.close()
  const open = async () => openLine((await dial(server.port)).stream, { user: 'app_trust', database: 'postgres' })
  const parser = await failed(await open())
  const runner = await open()
  let readies = 1
  let runs = 0

  return {
    same: major === 18,
    async read(texts) {
      const all = texts.map((text) => joined(say.parse('', text), say.sync()))
      parser.say(joined(...all))
      await parser.ready((readies += texts.length))
      return byReady(parser.heard.splice(0)).map(readingOf)
    },
    async runReading(text) {
      runner.say(joined(say.query('begin read only'), say.query(text), say.query('rollback')))
      // One that waits for data gets none.
      runner.say(say.copyFail('no data'))
      await runner.ready((runs += 3))
      const error = runner.heard.splice(0).find(({ type }) => type === 'E')
      return error && (fields(error.body)['C'] ?? '')
    },
    async stop() {
      parser.close()
      runner.close()
      await server.stop()
    },
  }
}

/** Our own reading, as every session has it, with the names of the corpus. */
export function openReader(model: string): { read(text: string): Promise<Classification>; close(): Promise<void> } {
  // A machine that is busy would be taken for a text that is too hard.
  const parser = createParser({ timeoutMs: 60_000 })
  const known = modelFromJson(model)
  const classifier = createClassifier({ parser, model: () => known })
  return { read: async (text) => classifier.classify(text), close: () => parser.close() }
}

/** In a failed transaction a text is read and then refused as such, before anything of it is looked up. */
async function failed(line: Line): Promise<Line> {
  line.say(say.query('begin; select 1 / 0'))
  await line.ready(1)
  line.heard.length = 0
  return line
}

function byReady(messages: readonly Message[]): readonly (readonly Message[])[] {
  const groups: Message[][] = [[]]
  for (const message of messages) {
    if (message.type === 'Z') groups.push([])
    else groups.at(-1)?.push(message)
  }
  return groups.slice(0, -1)
}

const aborted = '25P02'

function readingOf(answer: readonly Message[]): Reading {
  const error = answer.find(({ type }) => type === 'E')
  // Only what ends a transaction, or does nothing, is prepared in a failed one.
  if (!error) return 'nothing or the end of a transaction'
  const { C: code, M: message = '', F: file } = fields(error.body)
  if (code === aborted) return 'one'
  return file === 'postgres.c' && message.startsWith('cannot insert multiple commands') ? 'several' : 'rejected'
}
