import { originsOf, type TargetModel } from '@sallyport/sql'
import type { PostgresTarget } from './target.js'

/** What the target's document says that declared functions read, and the target does not have: a mask on it would miss. A sentence each. */
export function unknownReads({ functions }: Pick<PostgresTarget, 'functions'>, model: TargetModel): readonly string[] {
  const origins = originsOf(model)
  return Object.entries(functions).flatMap(([signature, { reads }]) =>
    reads
      .filter((column) => !origins.has(column))
      .map((column) => `the target declares that ${signature} reads ${column}, and has no such column`),
  )
}
