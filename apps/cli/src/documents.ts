/** Documents as users write them: YAML or JSON, one or more in a file, each saying its kind. */
import { readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import { type Fields, fieldsOf } from './fields.js'
import { Failure, Usage } from './failure.js'

/** In the order in which they depend on each other. */
const kinds = ['trust-provider', 'role', 'resource', 'policy', 'lock'] as const

export type Kind = (typeof kinds)[number]

export interface Document {
  readonly kind: Kind
  /** A lock has none. */
  readonly name?: string
  readonly body: Fields
  /** File and position, for messages. */
  readonly from: string
}

const maxBytes = 4 * 1024 * 1024

/** Those that others depend on come first. `-` is standard input. */
export function readDocuments(files: readonly string[]): readonly Document[] {
  const documents = files.flatMap((file) => parse(file, readFile(file)))
  if (documents.length === 0) throw new Usage(`no document in ${files.join(', ')}`)
  return documents.toSorted((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind))
}

function readFile(file: string): string {
  try {
    const text = readFileSync(file === '-' ? 0 : file, 'utf8')
    if (text.length > maxBytes) throw new Usage(`${file} is larger than ${maxBytes} bytes`)
    return text
  } catch (error) {
    if (error instanceof Usage) throw error
    throw new Usage(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`)
  }
}

function parse(file: string, text: string): readonly Document[] {
  return parseAllDocuments(text).flatMap((document, i) => {
    const from = `${file}, document ${i + 1}`
    const [error] = document.errors
    if (error !== undefined) throw new Failure(`${from}: ${error.message}`)
    const body = read(document, from)
    if (body === null) return []
    const { kind, name } = fieldsOf(body)
    if (!isKind(kind)) throw new Failure(`${from}: kind must be one of ${kinds.join(', ')}`)
    if (kind !== 'lock' && typeof name !== 'string') throw new Failure(`${from}: name is missing`)
    return [{ kind, body: fieldsOf(body), from, ...(typeof name === 'string' && { name }) }]
  })
}

/** Aliases are refused: a few lines of them can stand for gigabytes. */
function read(document: { toJS(options: { maxAliasCount: number }): unknown }, from: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 })
  } catch (error) {
    throw new Failure(`${from}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function isKind(kind: unknown): kind is Kind {
  return (kinds as readonly unknown[]).includes(kind)
}
