/** `apply`: writes documents one after the other, tells what the server warns of, and stays until agents enforce them. */
import { ProblemError } from '@sallyport/client'
import { type Acknowledgement, askAt, watchAgents } from './acknowledged.js'
import type { Api } from './api.js'
import type { Acting } from './command.js'
import type { Document } from './documents.js'
import { fieldsOf } from './fields.js'
import { applyDocument } from './nouns.js'
import { cell, type Output } from './output.js'
import { awaitPosture } from './posture.js'

export async function apply({ api, output, world }: Acting, documents: readonly Document[]): Promise<void> {
  // Roles are REST's own: no agent hears of them.
  const concerned = documents.some(({ kind }) => kind !== 'role')
  const watched = concerned ? await watchAgents(askAt(api)) : undefined
  const applied: unknown[] = []
  for (const document of documents) {
    try {
      const answer = await applyDocument(api, document)
      applied.push(answer)
      output.say(`applied ${document.kind} ${document.name ?? ''}`.trimEnd())
      for (const warning of warningsOf(answer)) output.say(`  warning: ${cell(warning)}`)
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error
      // What went before stays: the message says where to go on.
      throw new ProblemError({ ...error.problem, title: `${document.from}: ${error.problem.title}` }, error.status)
    }
  }
  const agents = await watched?.()
  if (watched !== undefined) tell(output, agents)
  const served = agents === undefined || agents.some(({ state }) => state === 'acknowledged')
  for (const [i, answer] of applied.entries())
    if (served && unseen(answer)) applied[i] = (await tellPosture(api, output, answer.name)) ?? answer
  if (output.json) output.data({ items: applied, ...(agents && { agents }) }, () => '')
  if (agents?.some(({ state }) => state === 'refused')) world.exit(1)
}

/** A resource whose target nobody has looked at since it is as it is. */
function unseen(answer: unknown): answer is { readonly name: string } {
  const { posture, name } = fieldsOf(answer)
  return posture === null && typeof name === 'string'
}

async function tellPosture(api: Api, output: Output, name: string): Promise<unknown> {
  const resource = await awaitPosture(api, name)
  if (resource?.posture === null)
    output.say(`${name}: no agent has looked at its target yet; sallyport resources get ${name} shows when one has`)
  for (const warning of warningsOf(resource)) output.say(`${name}: warning: ${cell(warning)}`)
  return resource
}

export function warningsOf(answer: unknown): readonly string[] {
  const { warnings } = fieldsOf(answer)
  return Array.isArray(warnings) ? warnings.filter((warning) => typeof warning === 'string') : []
}

function tell(output: Output, agents: readonly Acknowledgement[] | undefined): void {
  if (agents === undefined) return output.say('whether agents enforce it is not yours to see: that needs the permission agent.read')
  const acknowledged = agents.filter(({ state }) => state === 'acknowledged').length
  if (acknowledged > 0) output.say(`enforced by ${acknowledged} connected ${acknowledged === 1 ? 'agent' : 'agents'}`)
  else if (agents.every(({ state }) => state === 'away')) output.say('no agent is connected: nobody enforces it yet')
  for (const { agent, state, reason } of agents)
    if (state !== 'acknowledged') output.say(`${agent} ${words[state]}${reason === undefined ? '' : `: ${cell(reason)}`}`)
}

const words: Readonly<Record<Exclude<Acknowledgement['state'], 'acknowledged'>, string>> = {
  refused: 'refuses it and goes on with what it had',
  waiting: 'has not acknowledged it yet; sallyport agents list shows when it has',
  away: 'is not connected: it gets it when it is back, and until then enforces what it had, as long as that is valid',
}
