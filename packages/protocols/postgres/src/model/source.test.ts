import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { password, startTarget, type TestTarget } from '../../test/target.js'
import { dial } from '../../test/transports.js'
import type { TargetModel } from '@sallyport/sql'
import { createModelSource, type LeaseOptions, modelLimits } from './source.js'

let server: TestTarget
beforeAll(async () => {
  server = await startTarget()
})
afterAll(() => server.stop())

const limits = { ...modelLimits, poll: 60_000, retry: 0 }

function world() {
  const dialled = vi.fn(() => dial(server.port))
  const warned = vi.fn<(fields: object, message: string) => void>()
  const read = vi.fn<(lease: LeaseOptions, model: TargetModel) => void>()
  const source = createModelSource({ warn: warned, read }, limits)
  const options = { key: 'key_1', resource: 'res_1', target: server.target({ user: 'app_scram' }), password, dial: dialled }
  return { source, options, dialled, warned, read }
}

test('sessions of one database share one load', async () => {
  const { source, options, dialled } = world()
  const [a, b] = [source.lease(options), source.lease({ ...options })]
  const [first, second] = await Promise.all([a.ready(), b.ready()])
  expect(first?.relations.has('pg_catalog.pg_class')).toBe(true)
  expect(second).toBe(first)
  expect(b.current()).toBe(first)
  expect(dialled).toHaveBeenCalledOnce()
  a.release()
  b.release()
})

test('a refresh keeps the model while the catalog is the same, and sees DDL', async () => {
  const { source, options, read } = world()
  const lease = source.lease(options)
  const before = await lease.ready()
  expect(await lease.refresh(0)).toBe(before)
  expect(read.mock.calls).toEqual([[options, before]])
  await server.sql('create table fresh (a int)')
  expect((await lease.refresh(0))?.relations.has('public.fresh')).toBe(true)
  await server.sql('alter table fresh add column b text')
  expect((await lease.refresh(0))?.relations.get('public.fresh')?.columns).toHaveLength(2)
  await server.sql('alter role app_scram set search_path = pg_catalog')
  expect((await lease.refresh(0))?.searchPath).toEqual(['pg_catalog'])
  expect(read).toHaveBeenCalledTimes(4)
  await server.sql('alter role app_scram reset search_path', 'drop table fresh')
  expect((await lease.refresh(0))?.relations.has('public.fresh')).toBe(false)
  lease.release()
})

test('temporary tables and rows of others are no change of the catalog', async () => {
  const { source, options } = world()
  const lease = source.lease(options)
  const before = await lease.ready()
  await server.sql('create temporary table scratch (a int)', 'vacuum analyze pg_class')
  expect(await lease.refresh(0)).toBe(before)
  lease.release()
})

test('a target that cannot be read leaves no model, says so, and is tried again', async () => {
  const { source, options, warned } = world()
  const wrong = source.lease({ ...options, key: 'key_2', password: 'wrong' })
  expect(await wrong.ready()).toBeUndefined()
  expect(warned).toHaveBeenCalledOnce()
  expect(JSON.stringify(warned.mock.calls)).not.toContain('wrong')
  wrong.release()
  const right = source.lease({ ...options, key: 'key_2' })
  expect(await right.ready()).toBeDefined()
  right.release()
})

test('a model that can no longer be read is worth nothing', async () => {
  const { source, options } = world()
  let port = server.port
  const lease = source.lease({ ...options, dial: () => dial(port) })
  expect(await lease.ready()).toBeDefined()
  port = 1
  expect(await lease.refresh(0)).toBeUndefined()
  expect(lease.current()).toBeUndefined()
  lease.release()
})
