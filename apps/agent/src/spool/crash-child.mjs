// Appends events for ever and says after each one what no kill of the process may lose. The parent ends it in the middle of it.
import { createPrivateKey, randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
import { openFolder } from '../../dist/spool/disk.js'
import { defaultLimits, openSpool } from '../../dist/spool/spool.js'

const [folder, prefix, key] = process.argv.slice(2)
// A write beyond the limit of a file's size is to fail like one to a full disk.
process.on('SIGXFSZ', () => undefined)

const spool = await openSpool({
  disk: await openFolder(folder),
  owner: { agent: 'agt_a', instance: 'ins_a' },
  key: createPrivateKey(key),
  clock: { now: Date.now, after: (ms, callback) => clearTimeout.bind(undefined, setTimeout(callback, ms)) },
  newId: (kind) => `${kind}_${randomBytes(13).toString('hex')}`,
  limits: { ...defaultLimits, segmentBytes: 20_000 },
  onFailed: (cause) => writeSync(1, `failed ${cause.code}\n`),
})

async function writer(name) {
  for (let i = 0; ; i++) {
    const what = `${prefix}-${name}-${i}`
    const event = { id: 'evt', at: 1, type: 'agent.noted', what, detail: { filler: 'x'.repeat(i % 300) } }
    // A buffered one is safe from a kill when the turn of the loop has ended, as an answer of a target could not come earlier.
    await (spool.journal.append(event, i % 2 === 0 ? 'strict' : 'buffered') ?? new Promise(setImmediate))
    writeSync(1, `${what}\n`)
  }
}

try {
  await Promise.all(['a', 'b', 'c', 'd'].map(writer))
} catch (error) {
  writeSync(1, `refused ${error.code} ${spool.journal.failed.aborted}\n`)
}
