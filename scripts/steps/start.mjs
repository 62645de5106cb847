// `npm start`: install, build, then become the standalone.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from './build.mjs'
import { root } from './environment.mjs'
import { install } from './install.mjs'

export async function main() {
  await install('prod')
  await build()
  // In this process: one less to keep alive, and signals need no forwarding.
  await import(pathToFileURL(join(root, 'apps', 'standalone', 'dist', 'main.js')).href)
}
