import { createHash } from 'node:crypto'
import type { Action } from '@sallyport/core'
import type { RelationModel, TargetModel } from '@sallyport/sql'

/**
 * What the names in these actions stand for: each relation, those that a view reads, and each function, with its OID and
 * what tells its definition from another. What the model does not know is told as unknown. Of functions it knows no body.
 */
export function meansOf(actions: readonly Action[], model: TargetModel | undefined): readonly string[] {
  const told = new Set<string>()
  const relation = (name: string) => {
    const known = model?.relations.get(name)
    told.add(known ? `relation ${name} ${known.oid} ${digestOf(known)}` : `relation ${name} ?`)
    for (const below of known?.reads ?? []) if (!told.has(below)) relation(below)
  }
  for (const { touches, functions = [] } of actions) {
    for (const { kind, name } of touches) if (kind === 'relation') relation(name)
    for (const name of functions) {
      const known = model?.functions.get(name)
      told.add(known ? `function ${name} ${JSON.stringify(known)}` : `function ${name} ?`)
    }
  }
  return [...told]
}

const digests = new WeakMap<RelationModel, string>()

function digestOf(relation: RelationModel): string {
  const known = digests.get(relation)
  if (known !== undefined) return known
  const { kind, columns, definition, reads, calls, parents, children, rules } = relation
  const told = JSON.stringify([kind, columns, definition, reads, calls, parents, children, rules])
  const digest = createHash('sha256').update(told).digest('hex')
  digests.set(relation, digest)
  return digest
}
