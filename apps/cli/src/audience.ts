/** What a token is for: reaching resources, or REST. Neither door takes the other's. */
export type Audience = 'data' | 'api'
