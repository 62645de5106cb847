/**
 * The settings that the target reports (PostgreSQL documentation, "Asynchronous Operations"). Some of them decide how
 * text is read or who acts: when one leaves the only value under which statements can be judged, the session is over.
 */
export interface Parameters {
  /** What the client may be told of a report; a sentence when the session cannot go on. */
  report(name: string, value: string): 'tell' | 'keep' | { readonly over: string }
  /** The last value reported. */
  known(name: string): string | undefined
  /** Counts the reports. */
  version(): number
  /** Text beyond plain ASCII means here what it means to the classifier. */
  settled(): boolean
}

/** `application_name` says whose session it is; it is ours, and the client is never told what we made of it. */
const ours: ReadonlySet<string> = new Set(['application_name'])

const demanded: Readonly<Record<string, string>> = { client_encoding: 'UTF8', standard_conforming_strings: 'on' }
/** Settings that may go one way only. */
const neverBecomes: Readonly<Record<string, string>> = { default_transaction_read_only: 'off', is_superuser: 'on' }

export function createParameters(initial: Readonly<Record<string, string>>): Parameters {
  const known = new Map(Object.entries(initial))
  /** What it begins with tells our own from what the client calls itself. */
  const label = /^sallyport\/[^/]+\//.exec(initial['application_name'] ?? '')?.[0]
  let version = 0
  const settled = () =>
    Object.entries(demanded).every(([name, value]) => known.get(name) === value) && (known.get('server_encoding') ?? 'UTF8') === 'UTF8'

  return {
    report(name, value) {
      version++
      const before = known.get(name)
      known.set(name, value)
      const demand = demanded[name]
      if (demand !== undefined && value !== demand) return { over: `the target set ${name} to another value than ${demand}` }
      const barred = neverBecomes[name]
      if (barred !== undefined && value === barred && before !== undefined && before !== barred) {
        return { over: `the target set ${name} to ${barred}` }
      }
      return ours.has(name) && (label === undefined || value.startsWith(label)) ? 'keep' : 'tell'
    },
    known: (name) => known.get(name),
    version: () => version,
    settled,
  }
}
