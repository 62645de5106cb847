export { createClient, type Client, type ClientOptions } from './client.js'
export { ProblemError, unwrap, type Problem } from './problem.js'
export type { components, operations, paths } from './generated/schema.js'
