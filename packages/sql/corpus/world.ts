import { readFileSync } from 'node:fs'
import type { Action } from '@sallyport/core'
import { loadModule, parseSync } from 'libpg-query'
import type { Classified, ClassifyContext } from '../src/classified.js'
import { classify } from '../src/classify.js'
import { modelFromJson, type TargetModel } from '../src/model.js'
import { readStatements } from '../src/outline/read.js'
import type { Parsed } from '../src/parsed.js'

/** What the tests share: the schema of the corpus as a real server told it, and statements read without a thread. */
await loadModule()

export const model: TargetModel = modelFromJson(readFileSync(new URL('./model.json', import.meta.url), 'utf8'))

export function read(text: string): Parsed {
  const statements = readStatements(text, parseSync(text))
  return { ok: true, statements: statements.map(({ start, end, outline }) => ({ text: text.slice(start, end), outline })) }
}

export function classified(text: string, context: Partial<ClassifyContext> = {}): readonly Classified[] {
  return classify(read(text), { model, searchPath: model.searchPath, ...context })
}

/** Of a text with one statement. */
export function only(text: string, context: Partial<ClassifyContext> = {}): Classified {
  const [first, ...more] = classified(text, context)
  if (first === undefined || more.length > 0) throw new Error(`not one statement: ${text}`)
  return first
}

export function effects(text: string, context: Partial<ClassifyContext> = {}): string {
  return only(text, context).action.effects.join(' ')
}

/** `public.users r`, `public.users.email r output`, ... in the order they were found. */
export function touches(action: Action, kind: string): string[] {
  return action.touches.filter((touch) => touch.kind === kind).map(({ name, access, use }) => [name, access[0], use].filter(Boolean).join(' '))
}

export interface Case {
  readonly name: string
  readonly category: string
  readonly sql?: string
  readonly expect: string
  readonly accept?: readonly string[]
  readonly expect_rw?: string
  readonly accept_rw?: readonly string[]
}

export const corpus = JSON.parse(readFileSync(new URL('./sql.json', import.meta.url), 'utf8')) as { readonly cases: readonly Case[] }

/** What was added to the corpus since. */
export const grown = JSON.parse(readFileSync(new URL('./grown.json', import.meta.url), 'utf8')) as { readonly cases: readonly Case[] }

export const psql = JSON.parse(readFileSync(new URL('./psql.json', import.meta.url), 'utf8')) as { readonly statements: readonly string[] }
