export { loadConfig, type Config } from './config.js'
export { startControlPlane, StartError, type ControlPlane, type StartOptions } from './control-plane.js'
