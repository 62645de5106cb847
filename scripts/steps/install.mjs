// Dependencies, installed once per lock file: `prod` is what running needs, `full` adds what tests need.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { must } from './child.mjs'
import { root } from './environment.mjs'

const stampFile = join(root, 'node_modules', '.sallyport-install.json')

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

function lockHash() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`)
  for (const name of ['pnpm-lock.yaml', 'pnpm-workspace.yaml']) hash.update(readFileSync(join(root, name)))
  return hash.digest('hex')
}

/** What is installed now: an install that somebody made with pnpm by hand counts, and is never pruned. */
function present() {
  const modules = readJson(join(root, 'node_modules', '.modules.yaml'))
  const full = modules?.included?.devDependencies === true
  const stamp = readJson(stampFile)
  const [wanted, current] = ['pnpm-lock.yaml', 'node_modules/.pnpm/lock.yaml'].map((name) => join(root, name))
  const byHand = full && existsSync(current) && readFileSync(wanted).equals(readFileSync(current))
  return { full, upToDate: byHand || (modules !== undefined && stamp?.lock === lockHash()) }
}

export async function install(mode) {
  const now = present()
  if (now.upToDate && (now.full || mode === 'prod')) return
  const prod = mode === 'prod' && !now.full
  console.error(`sallyport: installing ${prod ? 'what running needs' : 'everything, also what tests need'}`)
  const { packageManager } = readJson(join(root, 'package.json'))
  const args = ['-y', packageManager, 'install', '--frozen-lockfile', '--config.confirm-modules-purge=false', '--reporter=append-only']
  // NODE_ENV=production would make pnpm leave out what tests need.
  const { NODE_ENV: _, ...env } = process.env
  await must('installing the dependencies', 'npx', [...args, ...(prod ? ['--prod'] : [])], { env, stdio: ['ignore', 2, 2] })
  mkdirSync(join(root, 'node_modules'), { recursive: true })
  writeFileSync(stampFile, JSON.stringify({ lock: lockHash() }))
}
