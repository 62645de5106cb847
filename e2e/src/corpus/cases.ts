import { readFileSync } from 'node:fs'

/**
 * The bypass corpus, as cases for real servers: statements, and scripts of protocol steps. What its fields mean is told
 * in `sql.json` itself; the other files only add cases.
 */
export type Verdict = 'allow' | 'mask' | 'approve' | 'deny'

interface Told {
  readonly name: string
  readonly category: string
  readonly expect: Verdict
  /** Other verdicts that are also safe. */
  readonly accept?: readonly Verdict[]
  readonly why: string
  /** Major version that is the first to read it. */
  readonly min_pg?: number
  /** It also fails directly, with that SQLSTATE: what is compared is the error. */
  readonly fails?: string
}

export interface StatementCase extends Told {
  readonly proto: 'simple' | 'extended'
  readonly sql: string
  /** Parameters of the extended protocol, as text. */
  readonly params?: readonly (string | null)[]
}

export interface ScriptCase extends Told {
  readonly proto: 'steps'
  readonly steps: readonly Step[]
  /** What the client hears after the login, one word per message, when it is told exactly. */
  readonly expect_wire?: readonly string[]
}

/** One step has one of these fields; `tls` goes with `startup`, `fix_length` with `raw_hex`. */
export interface Step {
  readonly startup?: Readonly<Record<string, string>>
  readonly tls?: boolean
  readonly Q?: string
  readonly P?: { readonly name?: string; readonly sql: string; readonly types?: readonly number[]; readonly trailing_hex?: string }
  readonly B?: {
    readonly portal?: string
    readonly stmt?: string
    readonly params?: readonly (string | null)[]
    readonly results?: readonly number[]
  }
  readonly D?: { readonly kind: 'S' | 'P'; readonly name?: string }
  readonly E?: { readonly portal?: string; readonly max?: number }
  readonly C?: { readonly kind: 'S' | 'P'; readonly name?: string }
  readonly S?: true
  readonly H?: true
  readonly F?: { readonly function: string; readonly args: readonly string[] }
  readonly copy_data?: string
  readonly copy_done?: true
  readonly copy_fail?: string
  readonly cancel?: { readonly pid: 'own' | 'other'; readonly key: 'own' | 'guess' }
  readonly raw_hex?: string
  readonly fix_length?: boolean
  readonly raw_sql_hex?: string
  readonly control?: 'revoke grant' | 'deny orders'
  /** Waits until the answers to everything before have come. */
  readonly wait?: true
  /** SQL that another session, past the gateway, runs now. */
  readonly meanwhile?: string
}

interface File {
  readonly setup_sql?: string
  readonly cases: readonly (StatementCase | ScriptCase)[]
}

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../packages/sql/corpus/${name}`, import.meta.url), 'utf8')) as File

const [first, ...more] = ['sql.json', 'grown.json', 'wire.json'].map(read)
const all = [first!, ...more].flatMap(({ cases }) => cases)

export const setup = first!.setup_sql!
export const statements = all.filter((one): one is StatementCase => one.proto !== 'steps')
export const scripts = all.filter((one): one is ScriptCase => one.proto === 'steps')

/** Refused in the corpus. They go back to what the session began with, which the gateway chose or checked at the login. */
const backToStart: ReadonlySet<string> = new Set(['discard-all', 'reset-all'])

/** Verdicts that pass. */
export function accepted({ name, expect, accept = [] }: Told): ReadonlySet<Verdict> {
  return new Set(backToStart.has(name) ? ['allow'] : [expect, ...accept])
}
