import { createHash } from 'node:crypto'
import { type Finding, severities, type Severity } from '@sallyport/core'
import { CallError } from './calls.js'
import { canonicalBytes } from './canonical.js'
import type { PostureFinding } from './gen/sallyport/agent/v1/control.js'
import { limits } from './limits.js'

/** What an agent found out about a target, as it travels. Names of a target's objects are in it: nobody may trust their characters. */

/** Tells targets apart, secrets excluded; the same at both ends for what one of them sent the other. */
export function targetDigest(target: Readonly<Record<string, unknown>>): Buffer {
  return createHash('sha256').update(canonicalBytes(target)).digest()
}

/** Cut to what the other end takes. */
export function writeFindings(findings: readonly Finding[]): PostureFinding[] {
  return findings
    .slice(0, limits.findings)
    .map(({ id, severity, what, remedy }) => ({ id, severity, what: cut(what), remedy: cut(remedy) }))
}

/** Throws `CallError` for what no agent of ours says. */
export function readFindings(findings: readonly PostureFinding[]): readonly Finding[] {
  if (findings.length > limits.findings) throw new CallError('too_large', 'more findings than there are questions')
  const known = new Set<string>()
  return findings.map(({ id, severity, what, remedy }) => {
    if (!/^[a-z0-9_]{1,63}$/.test(id) || known.has(id)) throw new CallError('invalid', 'a finding has an id of its own, of [a-z0-9_]')
    if (!isSeverity(severity)) throw new CallError('invalid', `a finding is one of ${severities.join(', ')}`)
    if (what.length > limits.text || remedy.length > limits.text) throw new CallError('too_large', 'a finding is too long')
    // No text of a database holds one, and none takes one.
    if (`${what}${remedy}`.includes('\0')) throw new CallError('invalid', 'a finding holds no NUL')
    known.add(id)
    return { id, severity, what, remedy }
  })
}

function isSeverity(value: string): value is Severity {
  return severities.some((severity) => severity === value)
}

function cut(text: string): string {
  return text.length > limits.text ? `${text.slice(0, limits.text - 1)}…` : text
}
