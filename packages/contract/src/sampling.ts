import type { LabelProposal } from '@sallyport/core'
import { CallError } from './calls.js'
import type { SampleTargetDone } from './gen/sallyport/agent/v1/control.js'
import { limits } from './limits.js'

/** What a look at rows of a target suggests, as it travels: names and counts. Nobody may trust the characters of a name. */
export interface Sampling {
  readonly database: string
  /** Relations that were read; those that could not be, or for which there was no time. */
  readonly relations: number
  readonly skipped: number
  readonly proposals: readonly LabelProposal[]
}

/** Cut to what the other end takes; what is cut is no proposal less, but a relation that counts as skipped. */
export function writeSampling({ database, relations, skipped, proposals }: Sampling): SampleTargetDone {
  const told = proposals.slice(0, limits.proposals)
  return { database, relations, skipped: skipped + (proposals.length > told.length ? 1 : 0), proposals: [...told] }
}

/** Throws `CallError` for what no agent of ours says. */
export function readSampling({ database, relations, skipped, proposals }: SampleTargetDone): Sampling {
  if (proposals.length > limits.proposals) throw new CallError('too_large', 'more proposals than anybody reads')
  if (!isName(database)) throw new CallError('invalid', 'a database has a name')
  return { database, relations, skipped, proposals: proposals.map(readProposal) }
}

function readProposal({ column, label, detector, matched, sampled }: LabelProposal): LabelProposal {
  if (!isName(column)) throw new CallError('invalid', 'a proposal is about a column')
  if (!/^[a-z0-9_.-]{1,63}$/.test(label)) throw new CallError('invalid', 'a label is of [a-z0-9_.-]')
  if (!/^[a-z0-9_-]{1,63}$/.test(detector)) throw new CallError('invalid', 'a detector is of [a-z0-9_-]')
  if (matched < 1 || matched > sampled) throw new CallError('invalid', 'evidence is at least one value of those that were shown')
  return { column, label, detector, matched, sampled }
}

/** No text of a database holds a NUL, and none takes one. */
function isName(text: string): boolean {
  return text.length > 0 && text.length <= 200 && !text.includes('\0')
}
