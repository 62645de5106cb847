import { SallyportError } from '@sallyport/core'
import { expect, test } from 'vitest'
import { createUploads } from './uploads.js'

const read = (database: string, epoch: string) => ({ resource: 'res_1', database, epoch })
const settle = () => new Promise((resolve) => setTimeout(resolve, 20))
const log = { warn: () => undefined }
const what = 'a target model'

test('a model is tried again until the control plane has it, each database by itself', async () => {
  const had: string[] = []
  let away = true
  const uploads = createUploads({
    what,
    log,
    pause: 1,
    upload: async ({ database, epoch }: ReturnType<typeof read>) => {
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
  const uploads = createUploads({
    what,
    log,
    pause: 1,
    upload: async ({ epoch }: ReturnType<typeof read>) => {
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

test('what the control plane will never take is not sent again', async () => {
  let asked = 0
  const warned: string[] = []
  const uploads = createUploads({
    what,
    log: { warn: (fields, message) => void warned.push(`${message} ${JSON.stringify(fields)}`) },
    pause: 1,
    upload: async () => {
      asked += 1
      throw new SallyportError('unprocessable', 'no such resource is assigned to this agent')
    },
  })
  uploads.offer(read('shop', 'aa'))
  await settle()
  expect(asked).toBe(1)
  expect(warned).toEqual([expect.stringMatching(/^a target model could not be uploaded .*no such resource/)])
  uploads.close()
})
