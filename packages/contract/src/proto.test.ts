import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const proto = join(import.meta.dirname, '../../../proto')

async function buf(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(join(proto, '../node_modules/.bin/buf'), args, { cwd: proto })
  return stdout
}

describe('the protocol between the planes', () => {
  it('is spelled as the rules of its kind ask', async () => {
    expect(await buf('lint')).toBe('')
  })

  it('still understands agents that were built with the baseline', async () => {
    expect(await buf('breaking', '--against', 'baseline.binpb')).toBe('')
  })
})
