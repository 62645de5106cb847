// What the shell that typed `npm start` meant, without what npm adds for its own use.
import process from 'node:process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The clone. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
/** Stamps and reports of builds and tests; ignored by git. */
export const buildDir = join(root, '.build')

// Where packages come from is the user's choice and stays; the rest would change how pnpm behaves.
const kept = /^npm_config_(registry|userconfig|globalconfig|cache|cafile|ca|proxy|https_proxy|noproxy|strict_ssl|fetch_.*)$/i

export function inheritFromNpm() {
  for (const name of Object.keys(process.env)) if (/^npm_/i.test(name) && !kept.test(name)) delete process.env[name]
  delete process.env['INIT_CWD']
}

/** A PATH on which a package finds the programs it and the root depend on. */
export function pathFor(folder) {
  return [join(folder, 'node_modules', '.bin'), join(root, 'node_modules', '.bin'), process.env['PATH'] ?? ''].join(':')
}
