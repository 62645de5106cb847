#!/usr/bin/env node
// The one entry behind `npm start`, `npm test`, `npm run build|bench|soak`. It needs Node and npm, nothing else.
import process from 'node:process'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Sallyport needs Node 20.19 or newer; this is ${process.versions.node} (${process.execPath})`)
  process.exit(1)
}

const commands = {
  start: () => import('./steps/start.mjs'),
  test: () => import('./steps/test.mjs'),
  build: () => import('./steps/build.mjs'),
  bench: () => import('./steps/measure.mjs'),
  soak: () => import('./steps/measure.mjs'),
}

const [name, ...args] = process.argv.slice(2)
if (name === undefined || !Object.hasOwn(commands, name)) {
  console.error(`usage: node scripts/run.mjs ${Object.keys(commands).join('|')}`)
  process.exit(2)
}

const { inheritFromNpm } = await import('./steps/environment.mjs')
const { endWithParent, StepFailed } = await import('./steps/child.mjs')
// First: it asks npm's variables who started us.
endWithParent()
inheritFromNpm()
try {
  const { main } = await commands[name]()
  await main(args, name)
} catch (error) {
  if (!(error instanceof StepFailed)) throw error
  console.error(`sallyport: ${error.message}`)
  process.exit(1)
}
