import type { Command } from 'commander'
import { fieldsOf, listOf } from '../api.js'
import { type Common, actingIn, addCommand, type World } from '../command.js'
import { cell } from '../output.js'

export function addWhoami(program: Command, world: World): void {
  addCommand(program, {
    usage: 'whoami',
    summary: 'say who the control plane takes you for, and what you may do',
    example: './sallyport whoami --as dana',
  }).action(async (options: Common) => {
    const { api, output } = actingIn(world, options)
    const answer = await api.get('/v1/me')
    output.data(answer, () => list(answer))
  })
}

function list(answer: unknown): string {
  const { principal, chain, token, roles } = fieldsOf(answer)
  const { provider, subject, name, kind, groups } = fieldsOf(principal)
  const behalf = listOf(chain).map((link) => `${cell(link['provider'])}/${cell(link['subject'])}`)
  const held = listOf(roles).map(({ role, labels }) => `${cell(role)}${labels === undefined ? '' : ` where ${cell(labels)}`}`)
  const lines: readonly (readonly [string, string])[] = [
    ['who', `${cell(provider)}/${cell(subject)} (${cell(kind)})`],
    ['name', cell(name)],
    ['groups', Array.isArray(groups) ? groups.map(cell).join(', ') || '-' : '-'],
    ['on behalf of', behalf.join(' > ') || '-'],
    ['roles', held.join(', ') || 'none'],
    ['token', `${cell(fieldsOf(token)['id'])}, until ${cell(fieldsOf(token)['expires_at'])}`],
  ]
  return lines.map(([title, text]) => `${title.padEnd(12)}  ${text}`).join('\n')
}
