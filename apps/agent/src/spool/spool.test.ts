import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { genesis, verifyBatch } from '@sallyport/audit'
import type { AuditEvent, IdPrefix, Identity } from '@sallyport/core'
import { makeId } from '@sallyport/core'
import type { Clock } from '@sallyport/gate'
import { assert, asyncProperty, constantFrom, integer, nat } from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Disk } from './disk.js'
import { SpoolDamaged } from './segment.js'
import { defaultLimits, openSpool } from './spool.js'
import type { Spool, SpoolOptions } from './spool.js'

const owner = { agent: 'agt_a', instance: 'ins_a' }
const keys = generateKeyPairSync('ed25519')
const newId = (prefix: IdPrefix): string => makeId(prefix, 0, randomBytes(10))

const clock: Clock = {
  now: () => 1000,
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}

const identity: Identity = {
  principal: { provider: 'demo', subject: 's', name: 's', kind: 'agent', groups: [], primary: true },
  chain: [],
  token: { id: 'jti', issuer: 'i', audience: ['a'], issuedAt: 1, expiresAt: 2 },
  claims: {},
}

function opened(session: string): AuditEvent {
  const resource = { id: 'res_1', name: 'shop', protocol: 'postgres', labels: {} }
  const facts = { id: session, protocol: 'postgres', client: { address: '::1' } }
  return { id: newId('evt'), at: 1, type: 'session.opened', session, identity, resource, facts, rules: [] }
}

function decided(session: string, statement: string): AuditEvent {
  const asked = { rules: [], shadow: [], actions: [], texts: [{ text: 'select 1' }], params: [], context: {}, policyVersion: '1' }
  return { id: newId('evt'), at: 400, type: 'statement.decided', session, statement, decision: 'allow', ...asked }
}

function noted(what: string): AuditEvent {
  return { id: newId('evt'), at: 1, type: 'agent.noted', what, detail: {} }
}

/** A disk that loses what was not synced, as a machine that lost its power does. */
interface FakeDisk extends Disk {
  readonly files: Map<string, Uint8Array>
  /** What stays when the power goes: what was synced, then `keep` of the bytes beyond it, then `garbage`. */
  crash(keep: number, garbage?: Uint8Array): void
  /** From now on every write ends with this error after `bytes` more bytes. */
  breakAfter(bytes: number): void
  syncs: number
}

function fakeDisk(): FakeDisk {
  const files = new Map<string, Uint8Array>()
  const synced = new Map<string, number>()
  let room = Number.POSITIVE_INFINITY
  const disk: FakeDisk = {
    files,
    syncs: 0,
    list: async () => [...files.keys()].sort(),
    size: async (name) => files.get(name)?.length ?? 0,
    read: async (name, position, length) => Buffer.from((files.get(name) ?? new Uint8Array()).subarray(position, position + length)),
    async append(name, position) {
      files.set(name, (files.get(name) ?? new Uint8Array()).slice(0, position))
      synced.set(name, position)
      return {
        write(bytes) {
          const taken = bytes.subarray(0, Math.min(room, bytes.length))
          room -= taken.length
          files.set(name, Buffer.concat([files.get(name) ?? new Uint8Array(), taken]))
          if (taken.length < bytes.length) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
        },
        async sync() {
          // What is written while it runs may miss it.
          const reached = files.get(name)?.length ?? 0
          await new Promise(setImmediate)
          disk.syncs += 1
          synced.set(name, reached)
        },
        close: async () => undefined,
      }
    },
    remove: async (name) => void files.delete(name),
    crash(keep, garbage = new Uint8Array()) {
      for (const [name, bytes] of files) {
        const durable = synced.get(name) ?? 0
        const tail = bytes.subarray(durable, durable + keep)
        files.set(name, Buffer.concat([bytes.subarray(0, durable), tail, tail.length > 0 ? garbage : new Uint8Array()]))
      }
      room = Number.POSITIVE_INFINITY
    },
    breakAfter(bytes) {
      room = bytes
    },
  }
  return disk
}

function open(disk: Disk, change: Partial<SpoolOptions> = {}): Promise<Spool> {
  return openSpool({ disk, owner, key: keys.privateKey, clock, newId, limits: defaultLimits, onFailed: () => undefined, ...change })
}

/** Streams everything after `after` as the control plane would take it, and checks every batch. */
async function drain(spool: Spool, after = { sequence: 0, hash: genesis }, maxBytes = 4096): Promise<readonly AuditEvent[]> {
  const events: AuditEvent[] = []
  let previous = after
  for (;;) {
    const batch = await spool.reader.read(previous.sequence, maxBytes)
    if (batch === undefined) return events
    const verdict = verifyBatch({ previous, records: batch.records, head: batch.head, publicKey: keys.publicKey })
    if (!verdict.ok) throw new Error(`${verdict.reason} at ${verdict.at}`)
    expect(batch.first).toBe(previous.sequence + 1)
    events.push(...verdict.events.map((record) => record.event))
    previous = { sequence: batch.head.sequence, hash: verdict.hash }
  }
}

const whats = (events: readonly AuditEvent[]): readonly string[] =>
  events.map((event) => (event.type === 'agent.noted' ? event.what : event.type))

describe('the spool', () => {
  it('answers a strict event only when it is on the medium', async () => {
    const disk = fakeDisk()
    const spool = await open(disk)
    const before = disk.syncs
    await spool.journal.append(noted('a'), 'strict')
    expect(disk.syncs).toBe(before + 1)
    disk.crash(0)
    expect(whats(await drain(await open(disk)))).toEqual(['a'])
  })

  it('commits what gathered during a commit with one more, not one each', async () => {
    const disk = fakeDisk()
    const spool = await open(disk)
    const before = disk.syncs
    const first = spool.journal.append(noted('first'), 'strict')
    await new Promise(setImmediate)
    const rest = Array.from({ length: 500 }, (_, i) => spool.journal.append(noted(`${i}`), 'strict'))
    await Promise.all([first, ...rest])
    expect(disk.syncs).toBe(before + 2)
  })

  it('answers a buffered event at once and makes it durable without being asked', async () => {
    const spool = await open(fakeDisk())
    expect(spool.journal.append(noted('a'), 'buffered')).toBeUndefined()
    expect(spool.reader.durable()).toBe(0)
    await new Promise<void>((resolve) => {
      spool.reader.onDurable(resolve)
    })
    expect(spool.reader.durable()).toBe(1)
  })

  it('hands a buffered event to the operating system before anything else is read, synced or not', async () => {
    const disk = fakeDisk()
    const spool = await open(disk)
    const before = disk.syncs
    void spool.journal.append(noted('a'), 'buffered')
    await new Promise(setImmediate)
    expect(disk.syncs).toBe(before)
    const again = await open({ ...disk, append: (name, position) => disk.append(name, position) })
    expect(whats(await drain(again))).toContain('a')
  })

  it('syncs a strict event that comes while another sync runs, without a timer', async () => {
    const disk = fakeDisk()
    const spool = await open(disk, { clock: { now: () => 0, after: () => () => undefined } })
    const first = spool.journal.append(noted('a'), 'strict')
    await new Promise(setImmediate)
    const second = spool.journal.append(noted('b'), 'strict')
    await Promise.all([first, second])
    disk.crash(0)
    expect(whats(await drain(await open(disk)))).toEqual(expect.arrayContaining(['a', 'b']))
  })

  it('makes a buffered event wait when the buffer is full', async () => {
    const spool = await open(fakeDisk(), { limits: { ...defaultLimits, bufferBytes: 1000 } })
    const answers = Array.from({ length: 20 }, (_, i) => spool.journal.append(noted(`${i}`), 'buffered'))
    expect(answers[0]).toBeUndefined()
    expect(answers[19]).toBeInstanceOf(Promise)
    await answers[19]
    expect(spool.reader.durable()).toBe(20)
  })

  it('streams only what is durable', async () => {
    const spool = await open(fakeDisk())
    void spool.journal.append(noted('a'), 'buffered')
    expect(await spool.reader.read(0, 1000)).toBeUndefined()
    await spool.journal.flush()
    expect(whats(await drain(spool))).toEqual(['a'])
  })

  it('goes on in the same chain after a clean end', async () => {
    const disk = fakeDisk()
    const first = await open(disk)
    await first.journal.append(noted('a'), 'strict')
    await first.close()
    const second = await open(disk)
    expect(second.reader.id).toBe(first.reader.id)
    await second.journal.append(noted('b'), 'strict')
    expect(whats(await drain(second))).toEqual(['a', 'b'])
  })

  it('closes as unknown what a crash left open, once', async () => {
    const disk = fakeDisk()
    const first = await open(disk)
    await first.journal.append(opened('ses_a'), 'strict')
    await first.journal.append(decided('ses_a', 'stm_1'), 'strict')
    await first.journal.append(decided('ses_a', 'stm_2'), 'strict')
    const ended = { id: newId('evt'), at: 500, type: 'statement.ended', session: 'ses_a', statement: 'stm_1', duration: 1 } as const
    await first.journal.append({ ...ended, outcome: { status: 'ok' } }, 'strict')
    disk.crash(0)
    const events = await drain(await open(disk))
    expect(events.slice(4)).toMatchObject([
      { type: 'statement.ended', statement: 'stm_2', outcome: { status: 'unknown' }, duration: 600 },
      { type: 'session.ended', session: 'ses_a', reason: { code: 'unknown' }, units: 2 },
    ])
    disk.crash(0)
    expect(await drain(await open(disk))).toHaveLength(6)
  })

  it('remembers what is open when the segments that began it are gone', async () => {
    const disk = fakeDisk()
    const limits = { ...defaultLimits, segmentBytes: 2000 }
    const first = await open(disk, { limits })
    await first.journal.append(opened('ses_a'), 'strict')
    await first.journal.append(decided('ses_a', 'stm_1'), 'strict')
    for (let i = 0; i < 30; i++) await first.journal.append(noted(`${i}`), 'strict')
    const read = await first.reader.read(0, 1)
    const known = await drain(first, { sequence: 1, hash: read?.head.hash ?? '' })
    expect(known).toHaveLength(31)
    await first.reader.acknowledge(32)
    expect(disk.files.size).toBe(1)
    disk.crash(0)
    const second = await open(disk, { limits })
    const tail = await second.reader.read(32, 100_000)
    expect(tail?.records).toHaveLength(2)
    expect(second.stats().durable).toBe(34)
  })

  it('cuts a torn tail wherever it was torn, keeps every confirmed record and says so', async () => {
    await assert(
      asyncProperty(nat(600), constantFrom(0, 1, 9, 300), integer({ min: 0, max: 255 }), async (keep, garbage, byte) => {
        const disk = fakeDisk()
        const spool = await open(disk)
        for (const what of ['a', 'b', 'c']) await spool.journal.append(noted(what), 'strict')
        void spool.journal.append(noted('d'), 'buffered')
        disk.breakAfter(keep)
        await spool.journal.flush().catch(() => undefined)
        disk.crash(keep, new Uint8Array(garbage).fill(byte))
        const again = await open(disk)
        const seen = whats(await drain(again))
        expect(seen.slice(0, 3)).toEqual(['a', 'b', 'c'])
        const size = [...disk.files.values()].reduce((sum, bytes) => sum + bytes.length, 0)
        expect(again.stats().bytes).toBe(size)
        expect(['', 'd', 'spool.repaired', 'd,spool.repaired']).toContain(seen.slice(3).join())
        await again.journal.append(noted('e'), 'strict')
        expect(whats(await drain(again)).at(-1)).toBe('e')
      }),
      { numRuns: 150 },
    )
  })

  it('survives a crash at every point of a life with many segments', async () => {
    await assert(
      asyncProperty(integer({ min: 0, max: 12_000 }), nat(400), async (bytes, keep) => {
        const disk = fakeDisk()
        const limits = { ...defaultLimits, segmentBytes: 1500 }
        const spool = await open(disk, { limits })
        disk.breakAfter(bytes)
        const confirmed: string[] = []
        const live = async (): Promise<void> => {
          for (let i = 0; i < 30; i++) {
            await spool.journal.append(noted(`${i}`), 'strict')
            confirmed.push(`${i}`)
          }
        }
        await live().catch(() => undefined)
        expect(spool.journal.failed.aborted).toBe(confirmed.length < 30)
        disk.crash(keep)
        const again = await open(disk, { limits })
        expect(whats(await drain(again)).slice(0, confirmed.length)).toEqual(confirmed)
      }),
      { numRuns: 150 },
    )
  })

  it('ends at the first write error: every waiter is told, everything after throws', async () => {
    const disk = fakeDisk()
    const causes: unknown[] = []
    const spool = await open(disk, { onFailed: (cause) => causes.push(cause) })
    disk.breakAfter(10)
    const waiting = [1, 2, 3].map(async (i) => spool.journal.append(noted(`${i}`), 'strict'))
    const settled = await Promise.allSettled(waiting)
    expect(settled.map((result) => result.status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(spool.journal.failed.aborted).toBe(true)
    expect(causes).toMatchObject([{ code: 'ENOSPC' }])
    disk.breakAfter(Number.POSITIVE_INFINITY)
    expect(() => spool.journal.append(noted('late'), 'buffered')).toThrow('cannot be written')
    await expect(spool.journal.flush()).rejects.toThrow('cannot be written')
  })

  it('refuses what begins when it is full, still records what ends, and recovers when it was acknowledged', async () => {
    const limits = { segmentBytes: 2000, maxBytes: 8000, bufferBytes: 100_000 }
    const spool = await open(fakeDisk(), { limits })
    await spool.journal.append(opened('ses_a'), 'strict')
    const fill = async (): Promise<void> => {
      for (let i = 0; i < 100; i++) await spool.journal.append(decided('ses_a', `stm_${i}`), 'strict')
    }
    await expect(fill()).rejects.toThrow('the spool is full')
    expect(spool.journal.failed.aborted).toBe(false)
    const reason = { code: 'record_failed', message: 'full' } as const
    await spool.journal.append({ id: newId('evt'), at: 1, type: 'session.ended', session: 'ses_a', reason, units: 1 }, 'strict')
    await spool.reader.acknowledge(spool.reader.durable())
    await spool.journal.append(opened('ses_b'), 'strict')
    expect(spool.stats().depth).toBe(1)
  })

  it('refuses an event that cannot be recorded, and goes on', async () => {
    const spool = await open(fakeDisk())
    expect(() => spool.journal.append(decided('ses_never', 'stm_1'), 'strict')).toThrow('cannot be recorded')
    await spool.journal.append(noted('a'), 'strict')
    expect(spool.reader.durable()).toBe(1)
  })

  it('reads from any place again, and refuses what was acknowledged and deleted', async () => {
    const disk = fakeDisk()
    const limits = { ...defaultLimits, segmentBytes: 1500 }
    const first = await open(disk, { limits })
    for (let i = 0; i < 40; i++) await first.journal.append(noted(`${i}`), 'strict')
    const head = async (spool: Spool, after: number, maxBytes: number) => (await spool.reader.read(after, maxBytes))?.head
    const heads = await Promise.all([0, 7, 39, 3, 22].map((after) => head(first, after, 1)))
    expect(heads.map((one) => one?.sequence)).toEqual([1, 8, 40, 4, 23])
    await first.close()
    // What another life has written is on the disk alone: it is told in the same words.
    const second = await open(disk, { limits })
    expect(await Promise.all([0, 7, 39, 3, 22].map((after) => head(second, after, 1)))).toEqual(heads)
    await second.reader.acknowledge(20)
    expect((await second.reader.read(20, 1))?.head.sequence).toBe(21)
    await expect(second.reader.read(0, 1)).rejects.toThrow('no longer in the spool')
  })

  it('goes over from the disk to what it has just written, and says the same', async () => {
    const disk = fakeDisk()
    const first = await open(disk)
    for (const what of ['a', 'b', 'c']) await first.journal.append(noted(what), 'strict')
    await first.close()
    const second = await open(disk)
    for (const what of ['d', 'e']) await second.journal.append(noted(what), 'strict')
    for (const maxBytes of [1, 700, 100_000]) expect(whats(await drain(second, undefined, maxBytes))).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('streams what it wrote also where nothing of it is left on the disk', async () => {
    const disk = fakeDisk()
    const spool = await open(disk)
    for (let i = 0; i < 5; i++) await spool.journal.append(noted(`${i}`), 'strict')
    for (const [name, bytes] of disk.files) disk.files.set(name, new Uint8Array(bytes.length))
    expect(whats(await drain(spool))).toEqual(['0', '1', '2', '3', '4'])
  })

  it('finds a file that was changed behind its back, and fails', async () => {
    const disk = fakeDisk()
    const limits = { ...defaultLimits, segmentBytes: 3000 }
    const first = await open(disk, { limits })
    for (let i = 0; i < 40; i++) await first.journal.append(noted(`${i}`), 'strict')
    await first.close()
    const [[name, bytes] = ['', new Uint8Array()]] = disk.files
    const changed = Buffer.from(bytes)
    changed[changed.length - 3] = (changed.at(-3) ?? 0) ^ 1
    disk.files.set(name, changed)
    const spool = await open(disk, { limits })
    const whole = await spool.reader.read(0, 100_000)
    expect(whole?.records.length).toBeGreaterThan(1)
    await expect(spool.reader.read(whole!.head.sequence, 100)).rejects.toThrow(SpoolDamaged)
    expect(spool.journal.failed.aborted).toBe(true)
  })

  it('does not open over damage that no crash leaves behind', async () => {
    const disk = fakeDisk()
    const limits = { ...defaultLimits, segmentBytes: 1500 }
    const spool = await open(disk, { limits })
    for (let i = 0; i < 40; i++) await spool.journal.append(noted(`${i}`), 'strict')
    const [[name, bytes] = ['', new Uint8Array()]] = disk.files
    disk.files.set(name, Buffer.from(bytes).fill(7, 10, 20))
    await expect(open(disk, { limits })).rejects.toThrow(SpoolDamaged)
    disk.files.set(name, bytes)
    await expect(open(disk, { limits, owner: { ...owner, instance: 'ins_b' } })).rejects.toThrow('belongs to agt_a (ins_a)')
  })
})
