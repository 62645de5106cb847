import type { Command } from 'commander'
import { fieldsOf } from '../api.js'
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
  const flat = Object.entries(fieldsOf(answer)).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value).map(([inner, v]) => [`${name}.${inner}`, v] as const)
      : [[name, value] as const],
  )
  const width = Math.max(...flat.map(([name]) => name.length))
  return flat
    .map(([name, value]) => `${name.padEnd(width)}  ${Array.isArray(value) ? value.map(cell).join(', ') || '-' : cell(value)}`)
    .join('\n')
}
