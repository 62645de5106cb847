import type { Comparer } from './compare.js'
import { masked } from './statements/relations.js'
import { type Script, spelledScript, type Step } from './statements/scripts.js'
import type { Variant } from './policies.js'
import type { Pair, Twins } from './twins.js'

/** What one script showed. */
export interface Shown {
  /** Where the twins were told apart, with what was said. */
  readonly difference?: string
  readonly messages: number
  readonly bytes: number
  readonly decisions: readonly Decision[]
}

export interface Decision {
  readonly allowed: boolean
  /** It reads something that has a masked column. */
  readonly touching: boolean
  /** It reads a masked column itself. */
  readonly secret: boolean
}

const secretNames = new Set(masked.flatMap(({ name, columns }) => columns.filter((c) => c.hidden).map((c) => `public.${name}.${c.name}`)))
const relationNames = new Set(masked.map(({ name }) => `public.${name}`))

/** Both twins are asked by a caller of that variant, in sessions of their own. */
export async function through(twins: Twins, variant: Variant, script: Script, comparer: Comparer): Promise<Shown> {
  const journals = twins.gateways.map(({ journal }) => journal.events)
  for (const events of journals) events.length = 0
  const pair = await twins.gated(variant)
  const shown = await asked(pair, script, comparer)
  await twins.settle()
  const [ours, theirs] = journals.map((events) => events.flatMap((event) => (event.type === 'statement.decided' ? [event] : [])))
  // What begins and ends transactions around the rest is allowed anyway.
  const telling = ours?.filter(({ actions }) => !actions.every(({ effects }) => effects.every((effect) => effect === 'tx')))
  const decisions = (telling ?? []).map(({ decision, actions }) => {
    const touches = actions.flatMap((action) => action.touches)
    const named = (names: ReadonlySet<string>) => touches.some(({ name, access }) => access === 'read' && names.has(name))
    return { allowed: decision === 'allow', touching: named(relationNames), secret: named(secretNames) }
  })
  const [here, there] = [ours, theirs].map((events) => events?.map(({ decision }) => decision).join(' '))
  const apart = shown.difference ?? (here === there ? undefined : `decided ${here}, and ${there}\n${spelledScript(script)}`)
  return { ...shown, decisions, ...(apart !== undefined && { difference: apart }) }
}

/** Past the gateways, of what leaves nothing behind: whether the twins are told apart by what is asked. */
export async function apart(twins: Twins, script: Script, comparer: Comparer): Promise<boolean> {
  const pair = await twins.direct()
  const { difference } = await asked(pair, script, comparer)
  await twins.settle()
  return difference !== undefined
}

async function asked(pair: Pair, { steps }: Script, comparer: Comparer): Promise<Omit<Shown, 'decisions'>> {
  let due = 0
  let messages = 0
  let bytes = 0
  const said: Step[] = []
  try {
    for (const step of steps) {
      said.push(step)
      due += step.readies
      for (const line of pair) line.say(step.bytes)
      await Promise.all(pair.map((line) => line.ready(due)))
      const [ours, theirs] = [pair[0].heard.splice(0), pair[1].heard.splice(0)]
      messages += ours.length
      bytes += ours.reduce((sum, { body }) => sum + body.length + 5, 0)
      const difference = comparer.difference(ours, theirs)
      if (difference !== undefined) return { messages, bytes, difference: `${difference}\nafter\n${spelledScript({ steps: said })}` }
    }
    return { messages, bytes }
  } finally {
    for (const line of pair) line.close()
  }
}
