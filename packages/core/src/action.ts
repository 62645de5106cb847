/**
 * What a caller is about to do, told as open data: a new protocol adds verbs, effects, facts and touch kinds, never a
 * member of a union. Nothing here may be guessed: what a classifier does not know, it leaves out and says `unknown`.
 */

/** One thing that an action touches: a relation, a column, a path, a program. */
export interface Touch {
  readonly kind: string
  /** Full name, the way the target spells it after resolution (`public.customers`, `public.customers.email`). */
  readonly name: string
  readonly access: 'read' | 'write'
  readonly use?: 'output' | 'predicate' | 'key' | 'derived' | 'copy' | 'sink'
  readonly labels?: readonly string[]
  /** Of a predicate: a value that the caller names is held against it, and nothing else: it tells of one guess. */
  readonly test?: 'equality'
}

export interface Action {
  /** The protocol's own verb: `select`, `GET`, `exec`. */
  readonly verb: string
  readonly effects: readonly string[]
  readonly touches: readonly Touch[]
  /** Functions by their resolved name (`public.f`, `pg_catalog.lower`); with `exact`, absent means that none is called. */
  readonly functions?: readonly string[]
  /** Protocol facts that policies may match; a fact that is absent is *maybe*. */
  readonly facts: Readonly<Record<string, unknown>>
  /** `unknown`: the lists above may be incomplete, so no allow rule can surely fit. */
  readonly certainty: 'exact' | 'unknown'
  /** Why certainty is `unknown`, or which floor rule it meets; shown to the caller. */
  readonly reason?: string
}

/** A bound parameter as the target will read it. `value` null is SQL NULL. */
export interface Param {
  readonly type?: string
  readonly format: 'text' | 'binary'
  readonly value: Uint8Array | null
}

/**
 * What is judged and forwarded whole: a PostgreSQL sync unit, one HTTP request, one SSH channel request.
 * `context` holds the settings that change what the actions mean (database, role, search_path); it feeds the approval digest.
 */
export interface Unit {
  readonly actions: readonly Action[]
  /** What executes, in order: for SQL the text of each statement that runs. Recorded, never re-parsed. */
  readonly exact: readonly Uint8Array[]
  readonly params?: readonly Param[]
  readonly context: Readonly<Record<string, string>>
  /**
   * What the names in it stand for at the target now, each with what tells it from any other of that name (OID, hash of the
   * definition). Asked only of a unit that is held: working it out costs more than judging.
   */
  readonly means?: (() => readonly string[]) | undefined
  /** Parameters as people can read them: as text, with the type's name, where the protocol knows it; as they are where it does not. */
  readonly readable?: (params: readonly Param[]) => readonly Param[]
  /** What it will do comes in part only once it runs, so that nobody can approve it: why, as a clause. */
  readonly unseen?: string | undefined
  /** In what the unit would run: a transaction that holds something already, or none. Absent: the protocol has none. */
  readonly transaction?: 'none' | 'open'
  /** The protocol's own limit on how long an answer may take, in milliseconds. */
  readonly patience?: number | undefined
}
