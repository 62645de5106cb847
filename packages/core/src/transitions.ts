/**
 * State machines are tables with one door. A transition that is not in the table does not exist: the door answers
 * `undefined`, and the caller must refuse, never guess. The database constraint is generated from the same table.
 */
export type Transitions<State extends string, Event extends string> = Readonly<Record<State, Readonly<Partial<Record<Event, State>>>>>

export function next<State extends string, Event extends string>(
  table: Transitions<State, Event>,
  state: State,
  event: Event,
): State | undefined {
  return table[state][event]
}

/** Every legal (from, to) pair, for a database constraint and for the diagram in the docs. */
export function pairs<State extends string, Event extends string>(table: Transitions<State, Event>): readonly (readonly [State, State])[] {
  const seen = new Map<string, readonly [State, State]>()
  for (const from of Object.keys(table) as State[]) {
    for (const to of Object.values(table[from]) as State[]) seen.set(`${from}>${to}`, [from, to])
  }
  return [...seen.values()]
}
