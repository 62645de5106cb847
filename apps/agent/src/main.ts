#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { enrol } from './enrol/index.js'
import { connectPlane } from './plane/index.js'
import { run } from './run.js'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { readonly version: string }

await run({ args: process.argv.slice(2), env: process.env, version, planes: { enrol, connect: connectPlane } })
