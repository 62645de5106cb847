import type { DetectorName } from '@sallyport/core'
import { type Words, words } from './context.js'

/** Names of columns that say what is in them. A hit makes a detector surer of what has the form; it never finds by itself. */
const hints: Readonly<Partial<Record<DetectorName, Words>>> = {
  phone: words('phone|tel|mobile|mobil|cell|fax|msisdn|whatsapp|sms|telefon|movil|handy'),
  card: words('card|creditcard|ccnum|cc_num|cc_number|pan|ccn'),
  ssn: words('ssn|social|tax_id|taxid|taxpayer'),
  aws_key: words('aws|secret|access_key|accesskey'),
  password_hash: words('password|passwd|pwd|pass_hash|passhash|encrypted_password|digest'),
}

const longest = 128

/** Detectors whose values the name of a column promises. */
export function expectedBy(column: string): readonly DetectorName[] {
  const name = column.slice(0, longest)
  return Object.entries(hints).flatMap(([detector, hint]) => (hint.in(name) ? [detector as DetectorName] : []))
}
