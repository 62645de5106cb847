import type { Outline, Ref, Source } from '../outline/outline.js'
import type { Columns, Resolution, ScopeContext } from './column.js'
import { anything, untyped } from './column.js'
import type { Names } from './names.js'
import { outputsOf } from './outputs.js'
import { aliasOf, outward, resolve, visible } from './reference.js'
import { rangeColumns } from './star.js'

/** Everything that names in a statement can mean, worked out once each. */
export function createScopes(outline: Outline, names: Names): ScopeContext {
  const known = new Map<Source, Columns>()
  const resolved = new Map<Ref, Resolution>()

  const columns = (level: number, source: number): Columns => {
    const entry = outline.levels[level]?.sources[source]
    if (entry === undefined) return anything
    const cached = known.get(entry)
    if (cached !== undefined) return cached
    const made = rename(columnsOf(level, entry), entry)
    known.set(entry, made)
    return made
  }
  const columnsOf = (level: number, source: Source): Columns => {
    switch (source.kind) {
      case 'relation': {
        const found = names.relation(source.name)
        return found === undefined ? anything : { list: found.value.columns, open: false }
      }
      case 'query':
        return context.outputs(source.level).columns
      case 'join': {
        const all = rangeColumns(context, level, source)
        return source.using === undefined ? all : { ...all, list: all.list.filter(({ name }) => source.using!.includes(name)) }
      }
      case 'row':
        return columns(level, source.of)
      case 'open':
        return { list: (source.names ?? []).map(untyped), open: source.names === undefined }
      default:
        return source satisfies never
    }
  }
  const context: ScopeContext = {
    outline,
    names,
    columns,
    outputs: (level) => outputs(level),
    resolve: (level, ref) => {
      const before = resolved.get(ref)
      if (before !== undefined) return before
      const found = resolve(context, { level, from: ref.from, to: ref.to }, ref)
      resolved.set(ref, found)
      return found
    },
    named: (window, alias) =>
      [...outward(outline, window)].flatMap((each) =>
        visible(outline, each)
          .filter((source) => aliasOf(outline.levels[each.level]!.sources[source]!) === alias)
          .map((source) => [each.level, source] as const),
      ),
  }
  const outputs = outputsOf(context)
  return context
}

/** An alias list names columns by position. Behind unknown ones nobody can say which, but those of a function are all alike. */
function rename(columns: Columns, { kind, columns: aliases = [] }: Source): Columns {
  if (aliases.length === 0) return columns
  if (columns.open) return kind === 'open' ? { list: aliases.map(untyped), open: true } : anything
  return { list: columns.list.map((column, i) => (aliases[i] === undefined ? column : { ...column, name: aliases[i] })), open: false }
}
