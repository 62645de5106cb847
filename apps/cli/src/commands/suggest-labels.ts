import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { type components, unwrap } from '@sallyport/client'
import { stringify } from 'yaml'
import type { Api } from '../api.js'
import { type Common, actingIn, addCommand, type World } from '../command.js'
import { Failure, Usage } from '../failure.js'
import { fieldsOf } from '../fields.js'
import { table } from '../output.js'

type Suggestions = components['schemas']['LabelSuggestions']

interface Options extends Common {
  readonly wait?: boolean
  readonly last?: boolean
  readonly document?: boolean
  readonly rows: string
}

/** Milliseconds: longer than a run may last. */
const patience = 150_000
const pollMs = 500

export function addSuggestLabels(resources: Command, world: World): void {
  addCommand(resources, {
    usage: 'suggest-labels <name>',
    summary: 'have an agent sample the target and say which columns look as if they needed a label; nothing is applied',
    example: './sallyport resources suggest-labels shop --wait',
  })
    .option('--wait', 'until the run is over, and print what it found')
    .option('--last', 'print what the last run found, and start none')
    .option('--document', 'print the resource with all suggested labels, ready for apply -f; implies --wait unless --last')
    .option('--rows <number>', 'read of each relation at most, up to 2000', '200')
    .action(async (name: string, options: Options) => {
      const { api, output } = actingIn(world, options)
      const run = options.last === true ? await read(api, name) : await started(api, name, options)
      if (run.state === 'failed') throw new Failure(`the run failed: ${run.error ?? 'nobody said why'}`)
      if (run.state === 'running') output.say(`running as ${run.run}; --last shows what it found`)
      if (options.document === true) {
        const document = await accepted(api, name, run)
        return output.data(document, () => stringify(document).trimEnd())
      }
      if ((run.skipped ?? 0) > 0) output.say(`${run.skipped} relations were not read: locked, slow, or no time for them`)
      output.data(run, () => (run.state === 'running' ? '' : tableOf(run)))
    })
}

function tableOf({ items }: Suggestions): string {
  return table(items, {
    column: (row) => row.column,
    label: (row) => row.label,
    evidence: (row) => `${row.matched} of ${row.sampled}`,
    detector: (row) => row.detector,
    'labels now': (row) => row.existing_labels.join(' '),
  })
}

const named = (name: string) => ({ params: { path: { name } } })

function read(api: Api, name: string): Promise<Suggestions> {
  return unwrap(api.GET('/v1/resources/{name}/label-suggestions', named(name)))
}

async function started(api: Api, name: string, { wait, document, rows }: Options): Promise<Suggestions> {
  const count = Number(rows)
  if (!Number.isSafeInteger(count) || count < 1 || count > 2_000) throw new Usage(`--rows is a number from 1 to 2000; this is ${rows}`)
  let run = await unwrap(api.POST('/v1/resources/{name}/label-suggestions', { ...named(name), body: { rows: count } }))
  if (wait !== true && document !== true) return run
  for (const until = performance.now() + patience; run.state === 'running'; run = await read(api, name)) {
    if (performance.now() >= until) throw new Failure('the run is not over yet; --last shows what it found')
    await sleep(pollMs)
  }
  return run
}

/** What PUT takes: the resource as it was declared, with what is suggested. Secrets that are set stay set. */
async function accepted(api: Api, name: string, { patch }: Suggestions): Promise<object> {
  const { protocol, target, labels, agent_selector } = await unwrap(api.GET('/v1/resources/{name}', named(name)))
  const present = fieldsOf(target['labels'])
  return { kind: 'resource', name, protocol, target: { ...target, labels: { ...present, ...patch.target.labels } }, labels, agent_selector }
}
