import type { ReadModel } from '@sallyport/gate'
import { expect, test } from 'vitest'
import { createModelUploads } from './models.js'

const read = (database: string, epoch: string): ReadModel => ({ resource: 'res_1', database, epoch, json: () => '{}' })
const settle = () => new Promise((resolve) => setTimeout(resolve, 20))
const log = { warn: () => undefined }

test('a model is tried again until the control plane has it, each database by itself', async () => {
  const had: string[] = []
  let away = true
  const uploads = createModelUploads({
    log,
    pause: 1,
    upload: async ({ database, epoch }) => {
      if (away && database === 'shop') throw new Error('not connected')
      had.push(`${database} ${epoch}`)
    },
  })
  uploads.offer(read('shop', 'aa'))
  uploads.offer(read('stock', 'bb'))
  await settle()
  expect(had).toEqual(['stock bb'])
  away = false
  await settle()
  expect(had).toEqual(['stock bb', 'shop aa'])
  uploads.close()
})

test('a newer model that comes during an upload is not lost', async () => {
  const had: string[] = []
  const uploads = createModelUploads({
    log,
    pause: 1,
    upload: async ({ epoch }) => {
      await Promise.resolve()
      had.push(epoch)
    },
  })
  uploads.offer(read('shop', 'aa'))
  uploads.offer(read('shop', 'bb'))
  await settle()
  expect(had.at(-1)).toBe('bb')
  const sofar = had.length
  await settle()
  expect(had).toHaveLength(sofar)
  uploads.close()
})
