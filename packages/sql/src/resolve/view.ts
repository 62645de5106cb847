import type { Lineage } from '../lineage.js'
import type { TargetModel } from '../model.js'
import type { Parsed } from '../parsed.js'

/**
 * What each column of a view shows, in order, from its definition: one SELECT as `pg_get_viewdef` gives it under an empty
 * search path, read by a parser. A generated column is the view `SELECT (expression) FROM schema.relation`. Views that it
 * reads must have `from` in the model already, else theirs count as computed from everything below them. What functions of
 * users read is not told here: `RelationModel.calls` names them. `undefined`: not surely known; so is another number of
 * columns than the catalog has.
 */
export function lineageOf(_parsed: Parsed, _model: TargetModel): readonly Lineage[] | undefined {
  return undefined
}
