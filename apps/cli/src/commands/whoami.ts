import type { Command } from 'commander'
import { type components, unwrap } from '@sallyport/client'
import { type Common, actingIn, addCommand, type World } from '../command.js'
import { cell } from '../output.js'

export function addWhoami(program: Command, world: World): void {
  addCommand(program, {
    usage: 'whoami',
    summary: 'say who the control plane takes you for, and what you may do',
    example: './sallyport whoami --as dana',
  }).action(async (options: Common) => {
    const { api, output } = actingIn(world, options)
    const answer = await unwrap(api.GET('/v1/me'))
    output.data(answer, () => list(answer))
  })
}

function list({ principal, chain, token, roles }: components['schemas']['Me']): string {
  const { provider, subject, name, kind, groups } = principal
  const held = roles.map(({ role, labels }) => `${role}${labels === undefined ? '' : ` where ${cell(labels)}`}`)
  const lines: readonly (readonly [string, string])[] = [
    ['who', `${cell(provider)}/${cell(subject)} (${kind})`],
    ['name', cell(name)],
    ['groups', groups.map(cell).join(', ') || '-'],
    ['on behalf of', chain.map((link) => `${cell(link.provider)}/${cell(link.subject)}`).join(' > ') || '-'],
    ['roles', held.join(', ') || 'none'],
    ['token', `${cell(token.id)}, until ${cell(token.expires_at)}`],
  ]
  return lines.map(([title, text]) => `${title.padEnd(12)}  ${text}`).join('\n')
}
