/**
 * A PostgreSQL as small as it can be, after the protocol's documentation: it knows when it answers and when it skips,
 * what its two namespaces hold, and what it really ran. `?` is a syntax error, `boom` fails while it runs.
 */
export interface PlayTarget {
  /** Answers at once, as far as it can. */
  receive(bytes: Uint8Array): Uint8Array
  /** Statements that really ran, innermost text. */
  readonly ran: string[]
}

interface Ran {
  readonly out?: readonly Buffer[]
  readonly tag?: string
  readonly error?: string
  readonly copyIn?: true
}

type Status = 'I' | 'T' | 'E'

const message = (type: string, body: Uint8Array | string = '') => {
  const content = typeof body === 'string' ? Buffer.from(body) : body
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(content.length + 4, 1)
  return Buffer.concat([head, content])
}
const error = (code: string) => message('E', `SERROR\0VERROR\0C${code}\0Mfrom the target\0\0`)
const complete = (tag: string) => message('C', `${tag}\0`)
const dataRow = (text: string) => {
  const row = Buffer.alloc(6 + text.length)
  row.writeInt16BE(1, 0)
  row.writeInt32BE(text.length, 2)
  row.write(text, 6)
  return message('D', row)
}
const rowDescription = () => message('T', Buffer.concat([Buffer.from([0, 1]), Buffer.from('a\0'), Buffer.alloc(18)]))
const copyResponse = (type: 'G' | 'H') => message(type, Buffer.from([0, 0, 1, 0, 0]))
const returnsRows = (text: string) => /^(select|fetch|execute)/.test(text)

export function createPlayTarget(): PlayTarget {
  let input = Buffer.alloc(0)
  let out: Buffer[] = []
  let status: Status = 'I'
  let skipping = false
  /** Statements of a Query that wait for COPY data, or `extended`. */
  let copying: string[] | 'extended' | undefined
  const ran: string[] = []
  const statements = new Map<string, string>()
  const portals = new Map<string, { text: string; hold: boolean; done: boolean }>()

  const ready = () => {
    if (status === 'I') for (const [name, portal] of portals) if (!portal.hold) portals.delete(name)
    out.push(message('Z', status))
  }
  const fail = (code: string) => {
    out.push(error(code))
    if (status === 'T') status = 'E'
  }

  function run(text: string, depth = 0): Ran {
    const words = text.split(/\s+/)
    const [verb = '', name = ''] = words
    if (status === 'E' && verb !== 'commit' && verb !== 'rollback') return { error: '25P02' }
    if (depth > 3) return { error: '54001' }
    switch (verb) {
      case 'execute': {
        const inner = statements.get(name)
        return inner === undefined ? { error: '26000' } : run(inner, depth + 1)
      }
      case 'fetch': {
        const portal = portals.get(name)
        return portal ? run(portal.text, depth + 1) : { error: '34000' }
      }
      default:
    }
    ran.push(text)
    switch (verb) {
      case 'begin':
        status = 'T'
        return { tag: 'BEGIN' }
      case 'commit':
      case 'rollback': {
        const tag = status === 'E' || verb === 'rollback' ? 'ROLLBACK' : 'COMMIT'
        status = 'I'
        return { tag }
      }
      case 'select':
        return { out: Array.from({ length: Number(name) || 0 }, (_, i) => dataRow(`${i}`)), tag: `SELECT ${Number(name) || 0}` }
      case 'insert':
        return { tag: 'INSERT 0 1' }
      case 'drop':
        return { tag: 'DROP TABLE' }
      case 'boom':
        return { error: '22012' }
      case 'notice':
        return { out: [message('N', 'SNOTICE\0VNOTICE\0C00000\0Mhello\0\0')], tag: 'DO' }
      case 'notify':
        return { out: [message('A', Buffer.from('\0\0\0\x01a\0b\0'))], tag: 'NOTIFY' }
      case 'set':
        return { out: [message('S', `${name}\0${words[3] ?? ''}\0`)], tag: 'SET' }
      case 'prepare': {
        if (statements.has(name)) return { error: '42P05' }
        statements.set(name, text.split(' as ')[1] ?? '')
        return { tag: 'PREPARE' }
      }
      case 'deallocate':
        if (name === 'all') statements.clear()
        else if (!statements.delete(name)) return { error: '26000' }
        return { tag: 'DEALLOCATE' }
      case 'declare': {
        if (portals.has(name)) return { error: '42P03' }
        portals.set(name, { text: text.split(' for ')[1] ?? '', hold: text.includes('with hold'), done: false })
        return { tag: 'DECLARE CURSOR' }
      }
      case 'close':
        if (name === 'all') portals.clear()
        else if (!portals.delete(name)) return { error: '34000' }
        return { tag: 'CLOSE CURSOR' }
      case 'copy':
        if (text.includes('from stdin')) return { out: [copyResponse('G')], copyIn: true }
        return { out: [copyResponse('H'), message('d', 'a\n'), message('d', 'b\n'), message('c')], tag: 'COPY 2' }
      default:
        return { tag: 'OK' }
    }
  }

  /** Statements of a Query, one after the other, until one fails or wants data. */
  function perform(list: string[]): void {
    while (list.length > 0) {
      const text = list.shift() ?? ''
      const done = run(text)
      if (done.error) {
        fail(done.error)
        break
      }
      if (returnsRows(text) && done.tag?.startsWith('SELECT')) out.push(rowDescription())
      out.push(...(done.out ?? []))
      if (done.copyIn) {
        copying = list
        return
      }
      out.push(complete(done.tag ?? ''))
    }
    ready()
  }

  function query(text: string): void {
    statements.delete('')
    portals.delete('')
    if (text.includes('?')) {
      fail('42601')
      return ready()
    }
    const list = text
      .split(';')
      .map((part) => part.trim())
      .filter((part) => part !== '')
    if (list.length > 0) return perform(list)
    out.push(message('I'))
    ready()
  }

  function extended(type: string, body: Buffer): void {
    const problem = one(type, body)
    if (problem === undefined) return
    fail(problem)
    skipping = true
  }

  /** Answers the SQLSTATE of a failure. */
  function one(type: string, body: Buffer): string | undefined {
    const [first = '', second = ''] = body.toString('latin1').split('\0')
    switch (type) {
      case 'P': {
        if (first === '') statements.delete('')
        if (/[?;]/.test(second)) return '42601'
        if (first !== '' && statements.has(first)) return '42P05'
        statements.set(first, second.trim())
        out.push(message('1'))
        return undefined
      }
      case 'B': {
        const text = statements.get(second)
        if (text === undefined) return '26000'
        if (first !== '' && portals.has(first)) return '42P03'
        portals.set(first, { text, hold: false, done: false })
        out.push(message('2'))
        return undefined
      }
      case 'D': {
        const name = first.slice(1)
        const text = first.startsWith('S') ? statements.get(name) : portals.get(name)?.text
        if (text === undefined) return first.startsWith('S') ? '26000' : '34000'
        if (first.startsWith('S')) out.push(message('t', Buffer.from([0, 0])))
        out.push(returnsRows(text) ? rowDescription() : message('n'))
        return undefined
      }
      case 'C':
        if (first.startsWith('S')) statements.delete(first.slice(1))
        else portals.delete(first.slice(1))
        out.push(message('3'))
        return undefined
      default:
        return execute(first)
    }
  }

  function execute(name: string): string | undefined {
    const portal = portals.get(name)
    if (!portal) return '34000'
    if (portal.text === '') {
      out.push(message('I'))
      return undefined
    }
    const done = run(portal.text)
    if (done.error) return done.error
    out.push(...(done.out ?? []))
    if (done.copyIn) copying = 'extended'
    else out.push(complete(done.tag ?? ''))
    return undefined
  }

  function copied(type: string): void {
    const list = copying
    if (type !== 'c' && type !== 'f') return
    copying = undefined
    if (type === 'c') out.push(complete('COPY 1'))
    else fail('57014')
    if (list === 'extended') skipping = type === 'f'
    else if (type === 'f' || !list) ready()
    else perform(list)
  }

  function handle(type: string, body: Buffer): void {
    if (copying) return copied(type)
    if ('dcfHX'.includes(type)) return
    if (type === 'S') {
      skipping = false
      return ready()
    }
    if (skipping) return
    if (type === 'Q') return query(body.toString('latin1', 0, body.length - 1))
    extended(type, body)
  }

  return {
    ran,
    receive(bytes) {
      input = Buffer.concat([input, bytes])
      out = []
      for (;;) {
        if (input.length < 5) break
        const size = input.readInt32BE(1) + 1
        if (input.length < size) break
        handle(String.fromCharCode(input[0] ?? 0), input.subarray(5, size))
        input = input.subarray(size)
      }
      return new Uint8Array(Buffer.concat(out))
    },
  }
}
