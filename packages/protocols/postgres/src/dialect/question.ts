import type { Classification } from '@sallyport/sql'

/** What the dialect cannot know from bytes: it asks before it judges, and waits for the answer. */
export interface Query {
  readonly kind: 'classify'
  readonly texts: readonly string[]
  /** A permitted statement may have changed the search path: names cannot be resolved by the one of the login. */
  readonly renamed: boolean
}

export interface Answer {
  /** One per text, in order. */
  readonly classifications: readonly Classification[]
}
