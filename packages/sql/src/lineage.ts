/**
 * Where the values of one output come from, as full names of columns (`schema.relation.column`), through views, parents
 * and partitions down to every column that a policy may be about. Empty: from no stored column.
 */
export interface Lineage {
  /** The value is one of these, as it is stored. */
  readonly bare: readonly string[]
  /** The value is computed from these, or these decide on it. */
  readonly derived: readonly string[]
}
