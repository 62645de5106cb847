import { isBase64, isHex } from './alphabets.js'
import { type Around, codeAt, words } from './context.js'
import { entropy } from './entropy.js'
import type { Detector, View } from './found.js'
import { pattern } from './pattern.js'
import { findShape } from './shape.js'

/** Long-term and temporary access keys and tokens (AWS IAM, unique identifiers): base32 after the kind. */
const kinds = ['AKIA', 'ASIA', 'ABIA', 'ACCA'] as const
const id = pattern('^[A-Z2-7]{16}')
const idLength = 20
const secretLength = 40

const names = words('aws|amazon|secret|s3|akia|asia')

/** Half a bit under what 40 random characters of base64 have nearly always. */
const leastEntropy = 4.2

export const awsKey: Detector = {
  name: 'aws_key',
  possible: ({ length, run }) => length >= idLength && run >= 4,
  find(view, report) {
    const { text } = view
    for (const mark of kinds) findShape(text, { mark, tail: id, least: idLength, most: idLength }, report)
    const around = names.of(text)
    for (let at = 0; at + secretLength <= text.length; at++) {
      const end = runEnd(text, at)
      if (
        end - at === secretLength &&
        !isJoin(codeAt(text, at - 1)) &&
        !isJoin(codeAt(text, end)) &&
        isSecret(view, around, { start: at, end })
      )
        report(at, end, 0.85)
      at = end
    }
  },
}

const isJoin = (code: number): boolean => code === 45 || code === 95

function runEnd(text: string, from: number): number {
  let end = from
  while (isBase64(codeAt(text, end))) end++
  return end
}

/** Random, no digest in hexadecimal, and something says what it is. */
function isSecret({ text, expected }: View, around: Around, { start, end }: { readonly start: number; readonly end: number }): boolean {
  const key = text.slice(start, end)
  let hex = 0
  for (let i = 0; i < key.length; i++) if (isHex(key.charCodeAt(i))) hex++
  return hex < secretLength && entropy(key) >= leastEntropy && (expected || around.near(start, end))
}
