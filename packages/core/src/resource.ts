/** What is reached. Policies see its facts; only the agent that serves it sees its target and secrets. */

export interface ResourceFacts {
  readonly id: string
  readonly name: string
  /** Name in the registry: `postgres`, `http`, `ssh`. */
  readonly protocol: string
  readonly labels: Readonly<Record<string, string>>
}

export interface Resource extends ResourceFacts {
  /** The protocol's own target document, secrets excluded; its schema is the protocol's `target`. */
  readonly target: Readonly<Record<string, unknown>>
  /** Secret fields of the target by name, opened; exists only inside the agent that serves the resource. */
  readonly secrets: Readonly<Record<string, string>>
}
