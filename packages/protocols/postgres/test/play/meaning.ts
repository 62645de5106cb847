import type { Action } from '@sallyport/core'
import type { Classification, Classified, ControlKind } from '@sallyport/sql'

/** A language as small as it can be, with every statement that matters to a session's state. */
const harmless = { changesSettings: false, changesNames: false, changesLexing: false, ddl: false, returnsRows: false }

/** `?` anywhere is what nobody can parse. */
export function meaning(text: string): Classification {
  if (text.includes('?')) {
    return {
      readable: false,
      statements: [
        { action: action('unparsable', { effects: ['unparsable'], reason: 'syntax error' }), text, control: { ...harmless, kind: 'none' } },
      ],
    }
  }
  const statements = text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  return { readable: true, statements: statements.map(statement) }
}

function statement(text: string): Classified {
  const words = text.split(/\s+/)
  const [verb = '', name = ''] = words
  const settings = verb === 'set'
  const renames = text.startsWith('set search_path')
  const flags = { ...harmless, changesSettings: settings, changesNames: renames, ddl: verb === 'create' }
  // What a cursor reads is part of declaring it; what is prepared is not run yet.
  const inner = verb === 'declare' ? [text.split(' for ')[1]?.split(' ')[0] ?? ''] : []
  const effects = [verb, ...inner, ...(renames ? ['name_resolution'] : [])]
  return { action: action(verb, { effects }), text, control: { ...flags, ...kindOf(verb, name, text) } }
}

function kindOf(verb: string, name: string, text: string): ControlKind {
  switch (verb) {
    case 'begin':
    case 'commit':
    case 'rollback':
      return { kind: verb }
    case 'prepare':
      return { kind: 'prepare', name, inner: statement(text.split(' as ')[1] ?? '').action, innerFlags: harmless }
    case 'execute':
      return { kind: 'execute', name, run: true, own: { certainty: 'exact' } }
    case 'deallocate':
      return { kind: 'deallocate', name: name === 'all' ? undefined : name }
    case 'declare':
      return { kind: 'declare', name, hold: text.includes('with hold') }
    case 'fetch':
      return { kind: 'fetch', name }
    case 'close':
      return { kind: 'close_cursor', name: name === 'all' ? undefined : name }
    case 'copy':
      return { kind: text.includes('from stdin') ? 'copy_in' : 'copy_out' }
    case 'listen':
      return { kind: 'listen', channel: name }
    default:
      return { kind: 'none' }
  }
}

function action(verb: string, more: { effects?: readonly string[]; reason?: string } = {}): Action {
  const { effects = [verb], reason } = more
  return { verb, effects, touches: [], facts: {}, certainty: reason ? 'unknown' : 'exact', ...(reason ? { reason } : {}) }
}
