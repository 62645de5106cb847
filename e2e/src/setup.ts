import { removeHome, startStandalone } from './world.js'

/** One standalone for all files that do not break it. */
export async function setup(): Promise<() => Promise<void>> {
  const world = await startStandalone()
  process.env['SALLYPORT_E2E_HOME'] = world.home
  return async () => {
    await world.stop()
    removeHome(world.home)
  }
}
