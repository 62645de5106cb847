export type { AgentConfig, Environment, Loaded } from './config.js'
export { loadConfig } from './config.js'
