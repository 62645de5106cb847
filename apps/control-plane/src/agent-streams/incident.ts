/** What an honest agent's trail cannot say. Undoes the transaction it is thrown in; the agent is quarantined for it. */
export class Incident extends Error {
  override readonly name = 'Incident'
}
