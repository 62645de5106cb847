/**
 * Trees as PostgreSQL stores them (`pg_node_tree`, src/backend/nodes/outfuncs.c and read.c): `{TYPE :field value ...}`,
 * lists in parentheses, `<>` for nothing, everything else a token in which what would end it is escaped. Which fields a node
 * has differs between versions; how they are spelled does not.
 */
export type Value = Node | readonly Value[] | string

export interface Node {
  readonly type: string
  readonly fields: ReadonlyMap<string, Value>
}

/** Throws for what is no such tree; a caller must also expect `RangeError` for one that is nested too deeply. */
export function readNodes(text: string): Value {
  const reader = createReader(text)
  const value = readValue(reader, reader.next())
  if (reader.next() !== undefined) throw new Error('something follows the tree')
  return value
}

export function isNode(value: Value | undefined): value is Node {
  return typeof value === 'object' && !Array.isArray(value)
}

export function listOf(node: Node, field: string): readonly Value[] {
  const value = node.fields.get(field)
  if (value === undefined || value === '<>') return []
  if (typeof value === 'string' || isNode(value)) throw new Error(`${node.type}.${field} is no list`)
  return value
}

export function numberOf(node: Node, field: string): number {
  const value = node.fields.get(field)
  if (typeof value !== 'string' || !/^-?\d{1,10}$/.test(value)) throw new Error(`${node.type}.${field} is no number`)
  return Number(value)
}

export function asNode(value: Value | undefined, type: string): Node {
  if (!isNode(value) || value.type !== type) throw new Error(`a ${type} was expected`)
  return value
}

export function asList(value: Value | undefined): readonly Value[] {
  if (value === undefined || typeof value === 'string' || isNode(value)) throw new Error('a list was expected')
  return value
}

export function nodeOf(node: Node, field: string): Node {
  const value = node.fields.get(field)
  if (!isNode(value)) throw new Error(`${node.type}.${field} is no node`)
  return value
}

interface Reader {
  /** Undefined at the end. */
  next(): string | undefined
  peek(): string | undefined
}

/** As `pg_strtok`: a brace or parenthesis is a token of its own, and a backslash takes the meaning of what follows it. */
function createReader(text: string): Reader {
  const token = /[(){}]|(?:\\[^]|[^\\(){}\s])+/g
  let ahead: string | undefined
  const read = () => token.exec(text)?.[0]
  return {
    next() {
      const found = ahead ?? read()
      ahead = undefined
      return found
    },
    peek: () => (ahead ??= read()),
  }
}

function readValue(reader: Reader, token: string | undefined): Value {
  switch (token) {
    case undefined:
    case ')':
    case '}':
      throw new Error('the tree ends too early')
    case '{':
      return readNode(reader)
    case '(':
      return readList(reader)
    default:
      return token
  }
}

function readList(reader: Reader): readonly Value[] {
  const list: Value[] = []
  for (let token = reader.next(); token !== ')'; token = reader.next()) list.push(readValue(reader, token))
  return list
}

function readNode(reader: Reader): Node {
  const type = reader.next()
  if (type === undefined || !/^[A-Z_]+$/.test(type)) throw new Error('a node has no type')
  const fields = new Map<string, Value>()
  for (let label = reader.next(); label !== '}'; label = reader.next()) {
    if (label === undefined || !label.startsWith(':') || fields.has(label.slice(1)))
      throw new Error(`a field of ${type} has no name, or that of another`)
    fields.set(label.slice(1), readValue(reader, reader.next()))
    // A constant is its length and its bytes.
    for (let more = reader.peek(); more !== undefined && /^[[\]]$|^-?\d+$/.test(more); more = reader.peek()) reader.next()
  }
  return { type, fields }
}
