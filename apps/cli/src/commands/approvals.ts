import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { unwrap } from '@sallyport/client'
import { type Api, everyPage } from '../api.js'
import { type Approval, approvalText, needsText, who } from '../approval-text.js'
import { type Acting, type Common, actingIn, addCommand, addGroup, type World } from '../command.js'
import { durationOf } from '../duration.js'
import { Usage } from '../failure.js'
import { cell, table } from '../output.js'

interface Filters extends Common {
  readonly state?: string
  readonly principal?: string
  readonly resource?: string
}

const states = ['requested', 'approved', 'denied', 'expired', 'withdrawn', 'used', 'revoked'] as const

export function addApprovals(program: Command, world: World): void {
  const group = addGroup(program, 'approvals', 'what policies hold until people decide')
  addCommand(group, { usage: 'list', summary: 'list requests, newest first', example: './sallyport approvals list --state requested' })
    .option('--state <state>', states.join(', '))
    .option('--principal <name>', 'whose: name, or PROVIDER/SUBJECT')
    .option('-r, --resource <name>', 'at which resource')
    .action(async ({ state, principal, resource, ...common }: Filters) => {
      const { api, output } = actingIn(world, common)
      const filters = { ...(principal !== undefined && { principal }), ...(resource !== undefined && { resource }) }
      const answer = await listed(api, { ...filters, ...(state !== undefined && { state: stateOf(state) }) })
      output.data(answer, () => table(answer.items, columns))
    })
  addCommand(group, {
    usage: 'show <id>',
    summary: 'show one whole: who, what exactly, where, why, and who has decided',
    example: './sallyport approvals show apr_…',
  }).action(async (id: string, options: Common) => {
    const { api, output } = actingIn(world, options)
    const approval = await shown(api, id)
    output.data(approval, () => approvalText(approval))
  })
  addDecision(group, world, { decision: 'approve', summary: 'let exactly this run, once' })
  addDecision(group, world, { decision: 'deny', summary: 'refuse it, whoever else has approved' })
  addCommand(group, {
    usage: 'watch',
    summary: 'tell of requests as they come and go',
    example: './sallyport approvals watch --as dana',
  })
    .option('--for <duration>', 'such as 30s, 10m; without it, until it is interrupted')
    .action(async ({ for: time, ...common }: Common & { readonly for?: string }) => {
      await watch(actingIn(world, common), time === undefined ? Infinity : durationOf(time))
    })
}

interface Deciding {
  readonly decision: 'approve' | 'deny'
  readonly summary: string
}

function addDecision(group: Command, world: World, { decision, summary }: Deciding): void {
  addCommand(group, { usage: `${decision} <id>`, summary, example: `./sallyport approvals ${decision} apr_… --reason 'ticket 42'` })
    .option('--reason <text>', 'kept, and shown to whoever asked')
    .action(async (id: string, { reason, ...common }: Common & { readonly reason?: string }) => {
      const { api, output } = actingIn(world, common)
      const { digest } = await shown(api, id)
      const body = { decision, digest, ...(reason !== undefined && { reason }) }
      const answer = await unwrap(api.POST('/v1/approvals/{id}/decision', { params: { path: { id } }, body }))
      output.data(answer, () => outcome(answer))
    })
}

function outcome({ id, state, still_needed }: Approval): string {
  return state === 'requested' ? `${id}: noted; still needs ${cell(needsText(still_needed))}` : `${id}: ${state}`
}

const columns = {
  id: (row: Approval) => row.id,
  asked: (row: Approval) => row.requested_at,
  who: ({ principal }: Approval) => who(principal),
  resource: ({ resource }: Approval) => resource.name,
  state: (row: Approval) => row.state,
  needs: (row: Approval) => needsText(row.still_needed),
  what: summary,
}

function summary({ texts }: Approval): string {
  const text = texts.map((one) => one.text.replaceAll(/\s+/g, ' ')).join('; ')
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}

function listed(api: Api, filters: { readonly state?: Approval['state']; readonly principal?: string; readonly resource?: string }) {
  return everyPage((query) => unwrap(api.GET('/v1/approvals', { params: { query: { ...query, ...filters } } })))
}

function shown(api: Api, id: string): Promise<Approval> {
  return unwrap(api.GET('/v1/approvals/{id}', { params: { path: { id } } }))
}

function stateOf(text: string): Approval['state'] {
  const state = states.find((one) => one === text)
  if (state === undefined) throw new Usage(`--state is one of ${states.join(', ')}; this is ${text}`)
  return state
}

const pause = 1_000

/** One line for each request that came, and for each that is open no more. */
async function watch({ api, output, world }: Acting, forMs: number): Promise<void> {
  const end = Date.now() + forMs
  const tell = (approval: Approval): void => {
    const line = [approval.requested_at, approval.state, approval.id, who(approval.principal), approval.resource.name, summary(approval)]
    world.out(`${output.json ? JSON.stringify(approval) : line.map(cell).join('  ')}\n`)
  }
  let open = new Set<string>()
  for (;;) {
    const { items } = await listed(api, { state: 'requested' })
    for (const approval of items.toReversed()) if (!open.has(approval.id)) tell(approval)
    const now = new Set(items.map(({ id }) => id))
    for (const id of open) if (!now.has(id)) tell(await shown(api, id))
    open = now
    if (Date.now() + pause > end) return
    await sleep(pause)
  }
}
