import type { Arbitrary } from 'fast-check'
import {
  array,
  assert,
  boolean,
  constantFrom,
  dictionary,
  double,
  integer,
  jsonValue,
  oneof,
  option,
  property,
  record,
  string,
} from 'fast-check'
import type {
  Action,
  OmittedPart,
  Outcome,
  RecordedParam,
  RecordedText,
  RuleRef,
  StatementDecided,
  StatementEnded,
  Touch,
} from '@sallyport/core'
import { describe, expect, it } from 'vitest'
import { EncodingError } from './canonical.js'
import { createEventEncoder, encodeEvent } from './events.js'

/** One arbitrary for every field there is: a field that is added to core does not build until it stands here. */
type Each<T> = { readonly [K in keyof Required<T>]: Arbitrary<T[K]> }

/** An absent field is left out or undefined; both are the same to the trail. */
const maybe = <T>(value: Arbitrary<T>): Arbitrary<T | undefined> => option(value, { nil: undefined })
const text = oneof(
  string(),
  string({ unit: 'binary' }),
  constantFrom('evt_01m85gkkmqcjw2vamjp60khrvd', 'a"b\\c\n\0', '\ud800', 'ü\u2028', 'x'.repeat(90)),
)
const number = oneof(integer(), double({ noNaN: true, noDefaultInfinity: true }))
const texts = array(text, { maxLength: 3 })

const rule = record<RuleRef>({ policy: text, rule: text } satisfies Each<RuleRef>)
const touch = record<Touch>({
  kind: text,
  name: text,
  access: constantFrom('read', 'write'),
  use: constantFrom(undefined, 'output', 'predicate', 'key', 'derived', 'copy', 'sink'),
  labels: maybe(texts),
} satisfies Each<Touch>)
const action = record<Action>({
  verb: text,
  effects: texts,
  touches: array(touch, { maxLength: 3 }),
  functions: maybe(texts),
  facts: dictionary(text, jsonValue({ maxDepth: 2 }), { maxKeys: 3 }),
  certainty: constantFrom('exact', 'unknown'),
  reason: maybe(text),
} satisfies Each<Action>)
const executed = record<RecordedText>({ text, truncated: maybe(number), sha256: maybe(text) } satisfies Each<RecordedText>)
const param = record<RecordedParam>({
  type: maybe(text),
  format: constantFrom('text', 'binary'),
  value: option(text),
  truncated: maybe(number),
  sha256: maybe(text),
} satisfies Each<RecordedParam>)
const outcome = record<Outcome>({
  status: constantFrom('ok', 'failed', 'cancelled', 'unknown'),
  rows: maybe(number),
  bytes: maybe(number),
  code: maybe(text),
} satisfies Each<Outcome>)

const decided = record<StatementDecided>({
  type: constantFrom('statement.decided'),
  id: text,
  at: number,
  session: text,
  statement: text,
  decision: constantFrom('allow', 'hold', 'deny'),
  rules: array(rule, { maxLength: 3 }),
  shadow: array(record({ rule, action: text }), { maxLength: 2 }),
  code: maybe(text),
  message: maybe(text),
  actions: array(action, { maxLength: 3 }),
  texts: array(executed, { maxLength: 3 }),
  params: array(param, { maxLength: 3 }),
  context: dictionary(text, text, { maxKeys: 4 }),
  policyVersion: text,
  omitted: maybe(record<OmittedPart>({ texts: number, params: number, sha256: text })),
} satisfies Each<StatementDecided>)

const ended = record<StatementEnded>({
  type: constantFrom('statement.ended'),
  id: text,
  at: number,
  session: text,
  statement: text,
  outcome,
  duration: number,
} satisfies Each<StatementEnded>)

describe('the events of a statement, spelled out', () => {
  it('are the same bytes as by their tables, for the first time and again', () => {
    const encode = createEventEncoder()
    assert(
      property(oneof(decided, ended), (event) => {
        const spelled = encodeEvent(event)
        expect(encode(event)).toBe(spelled)
        expect(encode(event)).toBe(spelled)
      }),
      { numRuns: 2_000 },
    )
  })

  it('are refused where their tables refuse them', () => {
    const encode = createEventEncoder()
    const wrong = constantFrom<unknown>(
      undefined,
      null,
      7,
      'x',
      Number.NaN,
      {},
      [],
      new Date(0),
      [null],
      { status: 'perhaps' },
      Object.create({}),
    )
    // Any field, and any field of a part of it, replaced by what does not belong there.
    assert(
      property(oneof(decided, ended), integer({ min: 0 }), wrong, boolean(), (event, at, value, inside) => {
        const changed = replaced(event, { at, value, inside })
        expect(answer(() => encode(changed))).toBe(answer(() => encodeEvent(changed)))
      }),
      { numRuns: 3_000 },
    )
  })
})

function replaced<T extends object>(whole: T, change: { readonly at: number; readonly value: unknown; readonly inside: boolean }): T {
  const keys = Object.keys(whole).filter((key) => key !== 'type')
  const key = keys[change.at % keys.length] as keyof T
  const part: unknown = whole[key]
  const items: unknown[] | undefined = Array.isArray(part) && part.length > 0 ? [...(part as unknown[])] : undefined
  if (items !== undefined && change.inside) {
    const item = items[0]
    items[0] = typeof item === 'object' && item !== null ? replaced(item, { ...change, inside: false }) : change.value
    return { ...whole, [key]: items }
  }
  return { ...whole, [key]: change.value }
}

function answer(encode: () => string): string {
  try {
    return encode()
  } catch (error) {
    if (error instanceof EncodingError) return `refused`
    throw error
  }
}
