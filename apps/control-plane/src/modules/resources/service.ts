import { isDeepStrictEqual } from 'node:util'
import { SallyportError } from '@sallyport/core'
import { protocols } from '@sallyport/registry'
import { demand, may, scopeOf, type Caller, type Labels } from '../../auth/caller.js'
import type { Context } from '../../context.js'
import type { Transaction } from '../../db/index.js'
import { checkName, type DocumentService, type Versioned, type Wanted } from '../../http/documents.js'
import { changedMeanwhile, checkConditions } from '../../http/etag.js'
import { readPage } from '../../http/page.js'
import { invalid, unprocessable } from '../../http/problem.js'
import { recordAct } from '../../trail/index.js'
import { withDefaults } from './defaults.js'
import { valueAt, withValue } from './pointer.js'
import { postureOf, warningsOf } from './posture.js'
import type { ResourceBody, ResourceView } from './schema.js'
import { openSecrets, splitTarget, type SplitTarget } from './sealed.js'
import * as store from './store.js'
import type { ResourceRow, StoredResource } from './store.js'

type Ports = Pick<Context, 'db' | 'secrets'>
type Protocol = (typeof protocols)[number]

/**
 * What is reached. A write needs the permission on the labels before and after; secrets go in and never come out, and a
 * change of where they would be sent, or as whom, demands them again: else whoever may edit a host could collect them.
 */
export function createResourceService({ db, secrets }: Ports): DocumentService<ResourceBody, ResourceView> {
  return {
    list: (caller, query) => {
      const filters = query as { readonly protocol?: string }
      return readPage(query, (window) => store.listResources(db, scopeOf(caller, 'resource.read'), window, filters)).then((page) => ({
        ...page,
        items: page.items.map(toView),
      }))
    },
    read: async (caller, name) => {
      const row = visible(caller, await store.findResource(db, name))
      return versioned(row)
    },
    draft: ({ protocol, target, labels, agent_selector }) => ({ protocol, target, labels, agent_selector }),
    write: async (caller, wanted) => {
      checkName(wanted)
      const protocol = protocolOf(wanted.body)
      return db.$transaction(async (tx) => write({ db: tx, secrets }, { caller, wanted, protocol }))
    },
    remove: async (caller, name, conditions) => {
      await db.$transaction(async (tx) => {
        const row = writable(caller, await store.findResource(tx, name))
        checkConditions(conditions, row)
        if (!(await store.deleteResource(tx, row))) throw changedMeanwhile(conditions)
        await secrets.forget(tx, row.id)
        await recordAct(tx, caller.actor, { action: 'resource.delete', target: targetOf(row), before: toDocument(row) })
      })
    },
  }
}

interface Write {
  readonly caller: Caller
  readonly wanted: Wanted<ResourceBody>
  readonly protocol: Protocol
}

interface WritePorts {
  readonly db: Transaction
  readonly secrets: Ports['secrets']
}

async function write(ports: WritePorts, { caller, wanted, protocol }: Write): Promise<Versioned<ResourceView> & { created: boolean }> {
  const { db } = ports
  const present = await store.findResource(db, wanted.name)
  if (present !== null && wanted.createOnly === true) throw new SallyportError('conflict', 'a resource of that name exists already')
  if (present !== null) writable(caller, present)
  checkConditions(wanted.conditions, present ?? undefined)
  if (present !== null && present.protocol !== protocol.name) {
    throw unprocessable([{ path: '/protocol', message: `is ${present.protocol} and stays so: another protocol is another resource` }])
  }
  const resource = resourceOf(wanted.body, protocol)
  demand(caller, 'resource.write', resource.stored.labels)
  await checkTarget(ports, { resource, protocol, present })
  if (present !== null) checkGuarded(present, resource, protocol)
  const id = await save(ports, { present, wanted, resource })
  const after = await store.findResource(db, wanted.name)
  if (after === null) throw changedMeanwhile(wanted.conditions)
  await recordAct(db, caller.actor, {
    action: present === null ? 'resource.create' : 'resource.update',
    target: { kind: 'resource', id, name: wanted.name },
    ...(present !== null && { before: toDocument(present) }),
    after: toDocument(after),
    detail: { secrets_given: [...resource.split.given.keys()] },
  })
  return { ...versioned(after), created: present === null }
}

interface Prepared {
  readonly stored: StoredResource
  readonly split: SplitTarget
}

function resourceOf({ protocol, target, labels = {}, agent_selector = {} }: ResourceBody, { target: schema }: Protocol): Prepared {
  const split = splitTarget(withDefaults(schema.schema, target), schema.secrets)
  return { split, stored: { protocol, target: split.open, labels, agentSelector: agent_selector } }
}

interface Save {
  readonly present: ResourceRow | null
  readonly wanted: Wanted<ResourceBody>
  readonly resource: Prepared
}

async function save({ db, secrets }: WritePorts, { present, wanted, resource }: Save): Promise<string> {
  const { stored, split } = resource
  const id = present?.id ?? (await store.insertResource(db, wanted.name, stored)).id
  if (present !== null && !(await store.updateResource(db, present, stored))) throw changedMeanwhile(wanted.conditions)
  const removed = [...split.given].filter(([, value]) => value === null).map(([field]) => field)
  await store.dropSecrets(db, id, removed)
  if (split.given.size > 0) await store.dropPostures(db, id)
  for (const [field, value] of split.given) {
    if (typeof value === 'string') await store.putSecret(db, id, field, await secrets.seal(db, { record: id, field }, value))
  }
  return id
}

/** Judged whole, as the agent will see it: with the secrets that stay. */
async function checkTarget(
  { db, secrets }: WritePorts,
  { resource, protocol, present }: { resource: Prepared; protocol: Protocol; present: ResourceRow | null },
): Promise<void> {
  const kept = present === null ? {} : await openSecrets(db, secrets, present.id)
  let target = resource.stored.target
  for (const [name, value] of Object.entries(kept)) target = withValue(target, `/${name}`, value)
  for (const [field, value] of resource.split.given) if (value !== null) target = withValue(target, field, value)
  const problems = protocol.target.validate(target)
  if (problems.length > 0) throw invalid(problems.map(({ path, message }) => ({ path: `/target${path}`, message })))
  for (const [field, value] of resource.split.given) {
    if (value !== null && typeof value !== 'string') throw invalid([{ path: `/target${field}`, message: 'must be a text' }])
  }
}

function checkGuarded(present: ResourceRow, { stored, split }: Prepared, { target: { guarded, schema } }: Protocol): void {
  // What was saved before a field had a default meant that default all the same.
  const before = withDefaults(schema, present.target as Readonly<Record<string, unknown>>)
  const changed = guarded
    .filter((pointer) => !isDeepStrictEqual(valueAt(before, pointer), valueAt(stored.target, pointer)))
    .map((pointer) => `/target${pointer}`)
  if (!isDeepStrictEqual(present.agentSelector, stored.agentSelector)) changed.push('/agent_selector')
  const missing = present.secrets.filter(({ field }) => !split.given.has(field))
  if (changed.length === 0 || missing.length === 0) return
  throw unprocessable(
    missing.map(({ field }) => ({
      path: `/target${field}`,
      message: `must be given again, because ${changed.join(', ')} changes where it would be sent`,
    })),
    'a change of where a secret is sent demands the secret again',
  )
}

function protocolOf({ protocol: name }: ResourceBody): Protocol {
  const protocol = protocols.find((known) => known.name === name)
  if (protocol !== undefined) return protocol
  throw invalid([{ path: '/protocol', message: `must be one of ${protocols.map((known) => known.name).join(', ')}` }])
}

function visible(caller: Caller, row: ResourceRow | null): ResourceRow {
  if (row !== null && may(caller, 'resource.read', labelsOf(row))) return row
  throw new SallyportError('resource_unknown', 'there is no such resource, or none that you may see')
}

function writable(caller: Caller, row: ResourceRow | null): ResourceRow {
  const seen = visible(caller, row)
  demand(caller, 'resource.write', labelsOf(seen))
  return seen
}

function labelsOf(row: ResourceRow): Labels {
  return row.labels as Labels
}

function targetOf({ id, name }: ResourceRow) {
  return { kind: 'resource', id, name }
}

function versioned(row: ResourceRow): Versioned<ResourceView> {
  return { view: toView(row), version: row.version }
}

function toView(row: ResourceRow): ResourceView {
  const posture = postureOf(row)
  return { ...toDocument(row), ...(posture !== undefined && { posture }), warnings: warningsOf(posture) }
}

/** What people declared; agents' findings are no act of theirs. */
function toDocument(row: ResourceRow): Omit<ResourceView, 'posture' | 'warnings'> {
  return {
    id: row.id,
    name: row.name,
    protocol: row.protocol,
    target: row.target as ResourceView['target'],
    secrets: row.secrets.map(({ field }) => field),
    labels: row.labels as ResourceView['labels'],
    agent_selector: row.agentSelector as ResourceView['agent_selector'],
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  }
}
