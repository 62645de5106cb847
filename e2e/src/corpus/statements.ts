import type { Message } from '@sallyport/testkit'
import { joined, say } from '../../../packages/protocols/postgres/test/play/words.js'
import { type StatementCase, statements } from './cases.js'
import { openSession, type Session } from './client.js'
import type { Ground } from './ground.js'
import { bindOf } from './steps.js'
import { refusalsIn } from './verdict.js'

/** Every statement of the corpus, in each way a client may send it. */
type Manner = 'simple' | 'extended' | 'binary'

export interface Asked {
  readonly one: StatementCase
  readonly manner: Manner
  readonly heard: readonly Message[]
  /** What a direct connection hears, of what is let through. */
  readonly direct: readonly Message[] | undefined
}

export interface StatementsRun {
  readonly asked: readonly Asked[]
  /** Cases after which the target was not what it was before. */
  readonly changing: readonly string[]
  /** What this version's grammar does not have, by the server's own word. */
  readonly strange: readonly string[]
}

export async function askAll(ground: Ground): Promise<StatementsRun> {
  const [gateway, direct] = [await openSession(ground.gateway), await openSession(ground.direct)]
  const asked: Asked[] = []
  const changing: string[] = []
  const strange: string[] = []
  let before = await ground.fingerprint()
  for (const few of chunks(statements, 8)) {
    for (const one of few) {
      if (await readable(direct, one.sql)) asked.push(...(await askEachWay(gateway, direct, one)))
      else strange.push(one.name)
    }
    const after = await ground.fingerprint()
    if (after !== before) changing.push(`one of ${few.map(({ name }) => name).join(', ')}: ${before} became ${after}`)
    before = after
  }
  for (const session of [gateway, direct]) session.end()
  return { asked, changing, strange }
}

async function askEachWay(gateway: Session, direct: Session, one: StatementCase): Promise<readonly Asked[]> {
  const asked: Asked[] = []
  for (const manner of mannersOf(one)) {
    // Results in binary are a matter of what has results.
    if (manner === 'binary' && asked.some(({ direct: through }) => !through)) continue
    const heard = await ask(gateway, one, manner)
    const through = refusalsIn(heard).length === 0
    asked.push({ one, manner, heard, direct: through ? await ask(direct, one, manner) : undefined })
  }
  return asked
}

const chunks = <T>(all: readonly T[], size: number) =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size))

function mannersOf({ sql, proto }: StatementCase): readonly Manner[] {
  if (proto === 'extended') return ['extended', 'binary']
  // Several statements in one text are the simple protocol's.
  return /;\s*\S/.test(sql) ? ['simple'] : ['simple', 'extended', 'binary']
}

async function ask(session: Session, { sql, params = [] }: StatementCase, manner: Manner): Promise<readonly Message[]> {
  const bind = bindOf({ params, results: manner === 'binary' ? [1] : [0] })
  const question =
    manner === 'simple' ? say.query(sql) : joined(say.parse('', sql), bind, say.describe('P'), say.execute(), say.sync())
  const heard = await session.ask(question)
  const nothingLeft = refusalsIn(heard).length > 0 && heard.at(-1)?.body.toString() === 'I'
  if (!nothingLeft) await session.ask(joined(say.query('rollback'), say.query('discard all')), 2)
  return heard
}

/** In a failed transaction a text is read by the server's grammar and then refused as such. */
async function readable(direct: Session, sql: string): Promise<boolean> {
  const heard = await direct.ask(joined(say.query('begin; select 1 / 0'), say.parse('', sql), say.sync(), say.query('rollback')), 3)
  const errors = heard.filter(({ type }) => type === 'E').map(({ body }) => body.toString())
  return !errors.some((error) => error.includes('C42601') && !error.includes('multiple commands'))
}
