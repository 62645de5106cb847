import type { Param } from '@sallyport/core'
import type { Classified } from '@sallyport/sql'
import { withPrepared } from '@sallyport/sql'
import { encodeText, type BindMessage, type FrontendMessage, type ParseMessage, type Space } from '../codec/index.js'
import type { Reply } from './batch.js'
import { asRun, changeOf, createFlags, inside, mayMakeWritable, noteControl, prepared, withTypes } from './control.js'
import { resolveFamiliar } from './familiar.js'
import { asMeant, ownMeaning, withCursor } from './meant.js'
import { type Change, forgotten, lastChange, type Portal, type Statement, unnamedGone } from './names.js'
import type { Item, Resolution, Scope } from './resolution.js'
import { type Trouble, troubles } from './trouble.js'

/**
 * From decoded messages to what will run: names become the statements behind them, parameters go with their statement.
 * Nothing is guessed: a text that was not classified yet is asked for, a name whose fate is open is waited for, a name
 * that does not exist is trouble. It changes nothing; what it answers may be thrown away and asked again.
 */
export type { Item, Plan } from './resolution.js'

export function resolve(messages: readonly FrontendMessage[], scope: Scope): Resolution {
  return resolveFamiliar(messages, scope) ?? resolveAny(messages, scope)
}

/** Whatever the messages are. */
export function resolveAny(messages: readonly FrontendMessage[], scope: Scope): Resolution {
  const { names, own, others, classified, runsCode } = scope
  const items: (Item | undefined)[] = []
  const replies: { kind: Reply['kind']; changes: readonly (Change | undefined)[] }[] = []
  const changes: Change[] = []
  const missing = new Set<string>()
  const flags = createFlags()
  /** Statements parsed in this segment that nothing bound yet, by name: where their item is. */
  const unbound = new Map<string, number>()
  /** What portals bound in this segment run: they were judged with their Bind. */
  const bound = new Map<string, Classified | undefined>()
  const shown: (Classified | undefined)[] = []
  let trouble: Trouble | undefined
  let open = false
  /** A COPY FROM STDIN runs, not merely waits in a portal. */
  let copyIn = false

  const fail = (with_: Trouble): undefined => {
    trouble ??= with_
  }

  /** What follows a change of how names resolve would be judged by what held before it. */
  let last = false
  const add = (item: Item): void => {
    if (last) fail(troubles.alone)
    items.push(item)
    last = flags.alone
  }

  /** What a name means to the target when it gets here; undefined when that is not known, or nothing. */
  function find(space: 'statements', name: string): Statement | undefined
  function find(space: 'portals', name: string): Portal | undefined
  function find(space: Space, name: string): Statement | Portal | undefined {
    const change = lastChange(changes, space, name) ?? lastChange(own, space, name)
    if (!change && others.some((batch) => lastChange(batch.changes, space, name))) {
      open = true
      return undefined
    }
    const found = change ? ('to' in change ? change.to : undefined) : space === 'statements' ? names.statement(name) : names.portal(name)
    return found ?? fail(space === 'statements' ? troubles.noStatement(name) : troubles.noPortal(name))
  }

  function classify(text: string): readonly Classified[] | undefined {
    const known = classified.get(text)
    if (!known) {
      missing.add(text)
      return undefined
    }
    if (!known.readable) fail(troubles.unreadable(known.statements[0]?.action.reason ?? 'the statement could not be parsed'))
    return known.statements
  }

  /** What executes, whatever stands between a name and it. */
  function running(statement: Classified | undefined): Classified | undefined {
    if (!statement) return undefined
    if (scope.readOnly === true && mayMakeWritable(statement)) fail(troubles.readOnly)
    noteControl(flags, statement)
    return statement
  }

  function through(statement: Classified, depth = 0): Classified | undefined {
    if (depth > 4) return fail(troubles.tooIndirect)
    const { control } = statement
    if (control.kind !== 'execute' && control.kind !== 'fetch') return statement
    const inner =
      control.kind === 'execute' ? behind(find('statements', control.name), depth) : within(find('portals', control.name), depth)
    if (!inner) return statement
    if (inner.control.kind === 'copy_in') fail(troubles.copyByName)
    noteControl(flags, inner)
    return control.kind === 'execute'
      ? withPrepared(statement, { inner: inner.action, innerFlags: inner.control, innerOutputs: inner.outputs })
      : withCursor(statement, inner)
  }

  function behind(statement: Statement | undefined, depth: number): Classified | undefined {
    return statement && standsFor(statement, depth + 1)
  }

  function within(portal: Portal | undefined, depth = -1): Classified | undefined {
    const now = behind(portal?.statement, depth)
    return now && asMeant(now, portal?.meant)
  }

  /** What a name runs; nothing for a text of blanks. */
  function standsFor(statement: Statement, depth = 0): Classified | undefined {
    if (statement.types.some(runsCode)) fail(troubles.declaredType)
    const first = classify(statement.text)?.[0]
    if (!first) return undefined
    const now = statement.made === 'parse' ? through(first, depth) : inside(first)
    return now && asMeant(now, statement.meant)
  }

  /** What executing it does to names. */
  function effectOnNames(statement: Classified, params: readonly Param[]): Change | undefined {
    const change = changeOf(statement, params)
    const kept = change && 'to' in change && change.to && ('raw' in change.to ? change.to : change.to.statement)
    if (kept && !names.roomFor(kept.raw.length)) fail(troubles.tooManyNames)
    return change
  }

  function changed(change: Change | undefined): Change | undefined {
    if (change) changes.push(change)
    return change
  }

  function query(text: string, raw: Uint8Array): void {
    const statements = classify(text)
    if (!statements) return
    for (const change of unnamedGone) changed(change)
    const each: (Change | undefined)[] = []
    for (const statement of statements) {
      const runs = running(through(statement))
      if (runs) add({ action: asRun(runs), raw: statements.length === 1 ? raw : encodeText(statement.text), params: [] })
      shown.push(runs)
      each.push(changed(effectOnNames(statement, [])))
      copyIn ||= statement.control.kind === 'copy_in'
    }
    replies.push({ kind: 'query', changes: each })
  }

  function parse({ name, text, raw, types }: ParseMessage): void {
    if (!names.roomFor(raw.length)) fail(troubles.tooManyNames)
    if (types.some(runsCode)) fail(troubles.declaredType)
    const statements = classify(text)
    if (statements && statements.length > 1) fail(troubles.severalCommands)
    const first = statements?.[0]
    const change: Change = { space: 'statements', name, to: { made: 'parse', text, raw, types, meant: ownMeaning(first) } }
    changed(change)
    replies.push({ kind: 'parse', changes: [change] })
    // What this name stood for until now is not what a later Bind runs: it stays an item of its own.
    unbound.delete(name)
    if (!first) return
    unbound.set(name, items.length)
    add({ action: prepared(first.action), raw, params: [] })
  }

  function bind({ portal, statement: name, params }: BindMessage): void {
    const statement = find('statements', name)
    if (!statement) return
    const typed = withTypes(params, statement.types)
    const at = unbound.get(name)
    if (at !== undefined) items[at] = undefined
    unbound.delete(name)
    const runs = running(standsFor(statement))
    if (runs) add({ action: asRun(runs), raw: statement.raw, params: typed })
    const change: Change = { space: 'portals', name: portal, to: { statement, params: typed, meant: runs, hold: false } }
    changed(change)
    bound.set(portal, runs)
    replies.push({ kind: 'bind', changes: [change] })
  }

  function execute(name: string): void {
    const portal = find('portals', name)
    if (!portal) return
    const { statement, params } = portal
    const first = classify(statement.text)?.[0]
    const indirect = first?.control.kind === 'execute' || first?.control.kind === 'fetch'
    // What a Bind of this segment was judged for is not judged twice, unless it runs another name, which may have changed since.
    const judged = bound.has(name) && !indirect
    const runs = judged ? bound.get(name) : running(within(portal))
    if (!judged && runs) add({ action: asRun(runs), raw: statement.raw, params })
    shown.push(runs)
    copyIn ||= first?.control.kind === 'copy_in'
    const renaming = statement.made === 'parse' ? first : undefined
    replies.push({ kind: 'execute', changes: [changed(renaming && effectOnNames(renaming, params))] })
  }

  function one(message: FrontendMessage): void {
    switch (message.type) {
      case 'query':
        return query(message.text, message.raw)
      case 'parse':
        return parse(message)
      case 'bind':
        return bind(message)
      case 'execute':
        return execute(message.portal)
      case 'describe':
        if (message.space === 'statements') find('statements', message.name)
        else find('portals', message.name)
        replies.push({ kind: message.space === 'statements' ? 'describe_statement' : 'describe_portal', changes: [] })
        return
      case 'close':
        replies.push({ kind: 'close', changes: [changed(forgotten(message.space, message.name))] })
        return
      default:
        return message satisfies never
    }
  }

  for (const message of messages) {
    if (copyIn) fail(troubles.afterCopy)
    one(message)
  }
  const judged = items.filter((item) => item !== undefined)
  if (missing.size > 0) return { is: 'missing', texts: [...missing] }
  if (open) return { is: 'open' }
  if (trouble) return { is: 'trouble', trouble, items: judged }
  // Preparing locks what it names, too.
  const works = flags.works || unbound.size > 0
  return { is: 'resolved', plan: { items: judged, replies, changes, shown, ...flags, works, copyIn } }
}
