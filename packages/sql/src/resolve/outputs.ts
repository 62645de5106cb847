import type { Level, Made, Output, Ref } from '../outline/outline.js'
import type { Column, Columns, Edge, Hit, OutputColumn, Outputs, Resolution, ScopeContext } from './column.js'
import { anything, nowhere, untyped } from './column.js'
import { sourcesCalled } from './reference.js'
import { rangeColumns, sourceColumns } from './star.js'

const lost: Outputs = { list: [], open: true, lost: true, columns: anything }

/** Columns of all levels together; no honest statement has so many, and each takes its time. */
const maxOutputs = 20_000

export function outputsOf(context: ScopeContext): (level: number) => Outputs {
  const known = new Map<number, Outputs>()
  let size = 0
  return (index) => {
    const level = context.outline.levels[index]
    const before = known.get(index)
    if (level === undefined || before !== undefined) return before ?? lost
    // A query meets itself only where the server refuses it, for a set operation takes its names from the first arm.
    known.set(index, lost)
    const made = level.arms === undefined ? plainOutputs(context, index, level) : setOutputs(context, level.arms)
    size += made.list.length
    const answer = made.lost === true || size > maxOutputs ? lost : finish(index, level, made)
    known.set(index, answer)
    return answer
  }
}

type Listed = Omit<Outputs, 'columns'>

function plainOutputs(context: ScopeContext, index: number, level: Level): Listed {
  const parts = level.outputs.map((output) => {
    if (output.star !== undefined) return starOutputs(context, index, level.refs[output.star]!)
    return { list: [oneOutput(context, index, output)], open: false }
  })
  return { list: parts.flatMap(({ list }) => list), open: parts.some(({ open }) => open) }
}

/** Positions of the first arm with its names; the others’ flow in by position. */
function setOutputs(context: ScopeContext, arms: readonly [number, number]): Listed {
  const first = context.outputs(arms[0])
  const list = first.list.map(({ name, rest }, i): OutputColumn => ({
    ...(name === undefined ? {} : { name }),
    ...(rest === undefined ? {} : { rest }),
    type: '',
    // Not before all is known: an arm may read from the whole.
    get edges() {
      return isAligned(context, arms) ? arms.map((arm) => ({ hit: outputHit(arm, i) })) : anyOf(context, arms)
    },
    flows: true,
  }))
  return first.lost === true ? lost : { list, open: first.open }
}

function nameColumn(column: OutputColumn, name: string): OutputColumn {
  const { type, rest, flows, name: label } = column
  return {
    name,
    ...(label === undefined ? {} : { label }),
    type,
    ...(rest === undefined ? {} : { rest }),
    flows,
    get edges() {
      return column.edges
    },
  }
}

/** Position for position, as the server wants it. */
function isAligned(context: ScopeContext, arms: readonly [number, number]): boolean {
  const [first, second] = arms.map((arm) => context.outputs(arm))
  return first?.open === false && second?.open === false && first.list.length === second.list.length
}

function anyOf(context: ScopeContext, arms: readonly [number, number]): Edge[] {
  return arms.flatMap((arm) => levelEdges(context, arm)).map(({ hit }) => ({ hit, computed: true }))
}

function finish(index: number, level: Level, { list, open }: Listed): Outputs {
  const aliases = level.renamed?.names ?? []
  const renamed = list.map((column, i) => (open || aliases[i] === undefined ? column : nameColumn(column, aliases[i])))
  const all = renamed.map((_, i) => ({ hit: outputHit(index, i), computed: true as const }))
  const added = (level.renamed?.added ?? []).map((name): OutputColumn => ({ name, type: '', edges: all, flows: false }))
  const outputs = [...renamed, ...added]
  const named = outputs.every(({ name }) => name !== undefined)
  const columns = outputs.map(({ name = '', type, rest }, i): Column => ({
    name,
    attnum: 0,
    type,
    output: [index, i],
    ...(rest === undefined ? {} : { rest }),
  }))
  const unplaced = open && aliases.length > 0
  return { list: outputs, open, columns: unplaced ? anything : { list: columns, open: open || !named } }
}

function starOutputs(context: ScopeContext, index: number, ref: Ref): Listed {
  const { list, open } = starColumns(context, index, ref)
  const flows = ref.use === undefined
  return {
    list: list.map(({ name, type, rest, hits = [] }): OutputColumn => ({
      ...(name === '' ? {} : { name }),
      ...(rest === undefined ? {} : { rest }),
      type,
      edges: hits.map((hit) => (hit.column === undefined || hit.inRow === true ? { hit, computed: true } : { hit })),
      flows,
    })),
    open,
  }
}

/** `*`, `name.*` and `(name).*`; what has no rows is a value of a composite type, of which the fields are not listed. */
function starColumns(context: ScopeContext, index: number, ref: Ref): Columns {
  const window = { level: index, from: ref.from, to: ref.to }
  if (ref.name.length === 0) return rangeColumns(context, index, window)
  const [source] = ref.field === undefined || ref.name.length === 1 ? sourcesCalled(context, window, ref.name.slice(-3)) : []
  const resolution = context.resolve(index, ref)
  if (source === undefined || resolution.computed === true) {
    const hits = [...resolution.hits, ...(resolution.maybe ?? []), ...(resolution.status === 'missing' ? [nowhere] : [])]
    return {
      list: [{ name: '', attnum: 0, type: '', rest: true, hits: hits.map(({ level, source: at, column }) => fieldHit(level, at, column)) }],
      open: true,
    }
  }
  const entry = context.outline.levels[source[0]]!.sources[source[1]]!
  return sourceColumns(context, source[0], entry.kind === 'row' ? entry.of : source[1])
}

function fieldHit(level: number, source: number, column: Column | undefined): Hit {
  return { level, source, ...(column === undefined ? {} : { column, inRow: true }) }
}

function oneOutput(context: ScopeContext, index: number, output: Output): OutputColumn {
  const { refs } = context.outline.levels[index]!
  const shown = (output.refs ?? []).map((ref) => [refs[ref]!, context.resolve(index, refs[ref]!)] as const)
  const query = output.query === undefined ? [] : levelEdges(context, output.query)
  const label = output.label ?? (output.query === undefined ? undefined : context.outputs(output.query).list[0]?.name)
  return {
    ...(label === undefined ? {} : { name: label }),
    type: typeOf(context, shown),
    edges: [...shown.flatMap(([, found]) => edgesOf(found)), ...query, ...madeEdges(context, index, output)],
    flows: shown.some(([ref]) => ref.use === undefined),
  }
}

function edgesOf(found: Resolution): Edge[] {
  const computed = { computed: true } as const
  const hits = found.hits.map((hit) => ({
    hit,
    ...(found.computed === true || hit.inRow === true || hit.column === undefined ? computed : {}),
  }))
  const unsure = found.status === 'missing' ? [nowhere] : []
  return [...hits, ...[...(found.maybe ?? []), ...unsure].map((hit) => ({ hit, ...computed }))]
}

/** What goes into a value that is computed. */
export function madeEdges(context: ScopeContext, index: number, { of = [], levels = [] }: Made): Edge[] {
  const { refs } = context.outline.levels[index]!
  const edges = [
    ...of.flatMap((ref) => edgesOf(context.resolve(index, refs[ref]!))),
    ...levels.flatMap((level) => levelEdges(context, level)),
  ]
  return edges.map(({ hit }) => ({ hit, computed: true }))
}

function levelEdges(context: ScopeContext, level: number): Edge[] {
  const { list, lost: unknown } = context.outputs(level)
  return unknown === true ? [{ hit: nowhere }] : list.map((_, i) => ({ hit: outputHit(level, i) }))
}

export function outputHit(level: number, position: number): Hit {
  return { ...nowhere, column: { ...untyped(''), output: [level, position] } }
}

/** The type of a reference that is shown as it is, or of what it is cast to. */
function typeOf(context: ScopeContext, shown: readonly (readonly [Ref, Resolution])[]): string {
  const [first, ...more] = shown
  if (first === undefined || more.length > 0) return ''
  const [{ cast }, { computed, hits }] = first
  if (cast !== undefined) return context.names.type(cast)?.key ?? ''
  const [hit, ...others] = hits
  return computed === true || hit?.inRow === true || others.some(({ column }) => column?.type !== hit?.column?.type)
    ? ''
    : (hit?.column?.type ?? '')
}
