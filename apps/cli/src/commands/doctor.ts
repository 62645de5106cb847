/** `doctor`: asks every part whether it works, the way a client would, and says what to do where one does not. */
import type { Command } from 'commander'
import { type Acting, type Common, actingIn, addCommand, type World } from '../command.js'
import { checks } from '../checks.js'
import { explain } from '../failure.js'

export interface Finding {
  readonly check: string
  readonly ok: boolean
  readonly detail: string
}

export function addDoctor(program: Command, world: World): void {
  addCommand(program, {
    usage: 'doctor',
    summary: 'check that everything works: control plane, caller, agents, listener and its certificate, clients',
    example: './sallyport doctor',
  }).action(async (options: Common) => {
    const acting = actingIn(world, options)
    const findings = await Promise.all(Object.entries(checks).map(([name, check]) => examine(name, check, acting)))
    acting.output.data({ items: findings }, () =>
      findings.map(({ check, ok, detail }) => `${ok ? 'ok  ' : 'FAIL'}  ${check.padEnd(14)}  ${detail}`).join('\n'),
    )
    if (findings.some(({ ok }) => !ok)) world.exit(1)
  })
}

async function examine(check: string, ask: (acting: Acting) => Promise<string>, acting: Acting): Promise<Finding> {
  try {
    return { check, ok: true, detail: await ask(acting) }
  } catch (error) {
    return { check, ok: false, detail: explain(error) ?? String(error) }
  }
}
