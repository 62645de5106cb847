import type { TextScan } from '@sallyport/masking'
import { createGrowing, take } from '@sallyport/wire'
import { readReport, reportOf } from '../codec/index.js'

/**
 * What a target says of a statement that reads masked columns, without the values that it quotes: severity and SQLSTATE
 * stay, the message becomes one that depends on the SQLSTATE alone, everything else goes. What points at a place in the
 * client's own text was found while that text was read, before any row was: it stays as it is.
 */
export function scrubError(frame: Uint8Array): Uint8Array | 'pass' {
  const fields = readReport(frame)
  if (fields.has('P') && !fields.has('p') && !fields.has('q') && !fields.has('W')) return 'pass'
  const code = String.fromCharCode(...(fields.get('C') ?? []).slice(0, 5))
  const text = `${meanings[code] ?? meanings[code.slice(0, 2)] ?? 'the statement failed'}${withheld}`
  const kept = [...fields].filter(([letter]) => isKind(letter))
  return reportOf('E', [...kept, ['M', Buffer.from(text)]])
}

/** The same with what a scan finds in its fields masked. */
export function scanReport(frame: Uint8Array, scan: TextScan): Uint8Array | 'pass' {
  const fields = [...readReport(frame)]
  const masked = fields.map(([letter, value]) => [letter, isKind(letter) ? value : scanText(value, scan)] as const)
  return masked.every(([, value], i) => value === fields[i]![1]) ? 'pass' : reportOf(frame[0] === 0x45 ? 'E' : 'N', masked)
}

/** The value itself where nothing is found in it. */
export function scanText(value: Uint8Array, scan: TextScan): Uint8Array {
  const mask = scan.find(value, 0, value.length)
  if (!mask) return value
  const out = createGrowing()
  mask.write(value, 0, value.length, out)
  return take(out)
}

/** Severity, in the language of the server and in English, and SQLSTATE. */
function isKind(letter: string): boolean {
  return letter === 'S' || letter === 'V' || letter === 'C'
}

const withheld = ' (what the server says of it is withheld: this transaction touches columns that are masked)'

/** By SQLSTATE or its class: PostgreSQL documentation, "PostgreSQL Error Codes". */
const meanings: Readonly<Record<string, string>> = {
  '0A': 'the server does not support this',
  '21': 'a sub-select answered with more than one row',
  '22': 'a value does not fit its type, or what is computed with it',
  '22012': 'division by zero',
  '23': 'a constraint is violated',
  '23502': 'a column that may not be null would be',
  '23503': 'a foreign key is violated',
  '23505': 'a unique constraint is violated',
  '23514': 'a check constraint is violated',
  '25': 'the transaction is in no state for this',
  '25006': 'the transaction is read-only',
  '25P02': 'current transaction is aborted, commands ignored until end of transaction block',
  '40': 'the transaction was rolled back and may be tried again',
  '40001': 'could not serialize access: the transaction may be tried again',
  '40P01': 'deadlock detected: the transaction may be tried again',
  '42': 'the statement cannot be run as it is written',
  '42501': 'permission denied',
  '53': 'the server has not enough of what this needs',
  '54': 'a limit of the server is exceeded',
  '55': 'an object is in no state for this',
  '55P03': 'a lock was not to be had',
  '57': 'the server stopped the statement',
  '57014': 'canceling statement due to user request or time limit',
  '58': 'the server could not read or write its files',
  P0: 'code at the server raised an error',
  XX: 'the server failed',
}
