// Appends strict events for ever and says after each one what is durable. The parent ends it in the middle of it.
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
    await spool.journal.append({ id: 'evt', at: 1, type: 'agent.noted', what, detail: { filler: 'x'.repeat(i % 300) } }, 'strict')
    writeSync(1, `${what}\n`)
  }
}

try {
  await Promise.all(['a', 'b', 'c', 'd'].map(writer))
} catch (error) {
  writeSync(1, `refused ${error.code} ${spool.journal.failed.aborted}\n`)
}
