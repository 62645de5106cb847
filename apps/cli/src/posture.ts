/** What agents found out about the targets of resources: awaited where one is applied, shown with it, checked by the doctor. */
import { type components, ProblemError, unwrap } from '@sallyport/client'
import type { Patience } from './acknowledged.js'
import { type Api, everyPage } from './api.js'
import { Failure } from './failure.js'
import { cell, printable } from './output.js'

export type Resource = components['schemas']['Resource']
type Finding = components['schemas']['Finding']

const patience: Patience = { total: 5_000, pause: 100 }

/** The resource once an agent has looked at its target, or as it is when the patience ends; undefined where it may not be seen. */
export async function awaitPosture(api: Api, name: string, { total, pause } = patience): Promise<Resource | undefined> {
  const deadline = Date.now() + total
  for (;;) {
    try {
      const resource = await unwrap(api.GET('/v1/resources/{name}', { params: { path: { name } } }))
      if (resource.posture !== null || Date.now() >= deadline) return resource
    } catch (error) {
      if (error instanceof ProblemError && error.status < 500) return undefined
      throw error
    }
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}

/** In few words, for a table; undefined where agents look at nothing. */
export function summaryOf({ posture }: Resource): string | undefined {
  if (posture === undefined) return undefined
  if (posture === null) return 'not looked at yet'
  const counts = (['critical', 'warning', 'info'] as const).flatMap((severity) => {
    const count = posture.findings.filter((finding) => finding.severity === severity).length
    return count > 0 ? [`${count} ${severity}`] : []
  })
  const found = posture.checked_at === null ? [] : [counts.join(', ') || 'nothing found']
  return [...found, ...(posture.error === null ? [] : ['could not be looked at'])].join('; ')
}

/** All that was found, each with what makes it go away, as comments behind a document in YAML; empty where nothing looks. */
export function describePosture(resource: Resource): string {
  const { posture } = resource
  const summary = summaryOf(resource)
  if (summary === undefined) return ''
  const when = posture?.checked_at ? `, by ${posture.agent} at ${posture.checked_at}` : ''
  const lines = [
    `posture: ${summary}${when}`,
    ...(posture?.error ? [`  ${posture.error}`] : []),
    ...(posture?.findings ?? []).flatMap(told),
  ]
  return lines
    .flatMap((line) => printable(line).split('\n'))
    .map((line) => `# ${line}`.trimEnd())
    .join('\n')
}

function told({ id, severity, what, remedy }: Finding): readonly string[] {
  return ['', `${severity} ${id}: ${what}`, ...remedy.split('\n').map((line) => `    ${line}`)]
}

/** Throws where an agent found something critical; else answers how many targets were looked at, and which could not be. */
export async function checkPostures(api: Api): Promise<string> {
  const { items } = await everyPage((query) => unwrap(api.GET('/v1/resources', { params: { query } })))
  const critical = items.flatMap(({ name, posture }) =>
    (posture?.findings ?? []).filter(({ severity }) => severity === 'critical').map(({ what }) => `${name}: ${cell(what)}`),
  )
  if (critical.length > 0) throw new Failure(`${critical.join('; ')} (sallyport resources get NAME says what to do)`)
  const concerned = items.filter(({ posture }) => posture !== undefined)
  const looked = concerned.filter(({ posture }) => posture?.checked_at)
  const failed = concerned.flatMap(({ name, posture }) => (posture?.error ? [`; ${name}: ${cell(posture.error)}`] : []))
  return `${looked.length} of ${concerned.length} looked at, nothing critical${failed.join('')}`
}
