import { isHex, isPlain } from './alphabets.js'
import { codeAt, isAlnum, words } from './context.js'
import { entropy } from './entropy.js'
import type { Detector, View } from './found.js'
import { pattern } from './pattern.js'

/** Long-term and temporary access keys and tokens (AWS IAM, unique identifiers): base32 after the kind. */
const id = pattern('(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}', 'g')
const idLength = 20
const secretLength = 40

const around = words('aws|amazon|secret|s3|AKIA|ASIA')

/** Half a bit under what 40 random characters of base64 have nearly always. */
const leastEntropy = 4.2

export const awsKey: Detector = {
  name: 'aws_key',
  possible: ({ length, run }) => length >= idLength && run >= 4,
  find(view, report) {
    const { text } = view
    for (const { index } of text.matchAll(id)) {
      if (!isAlnum(codeAt(text, index - 1)) && !isAlnum(codeAt(text, index + idLength))) report(index, index + idLength, 0.97)
    }
    for (let at = 0; at + secretLength <= text.length; at++) {
      const end = runEnd(text, at)
      if (end - at === secretLength && !isJoin(codeAt(text, at - 1)) && !isJoin(codeAt(text, end)) && isSecret(view, at, end))
        report(at, end, 0.85)
      at = end
    }
  },
}

const isBase64 = (code: number): boolean => isPlain(code) || code === 43 || code === 47

const isJoin = (code: number): boolean => code === 45 || code === 95

function runEnd(text: string, from: number): number {
  let end = from
  while (isBase64(codeAt(text, end))) end++
  return end
}

/** Random, no digest in hexadecimal, and something says what it is. */
function isSecret({ text, expected }: View, start: number, end: number): boolean {
  const key = text.slice(start, end)
  let hex = 0
  for (let i = 0; i < key.length; i++) if (isHex(key.charCodeAt(i))) hex++
  return hex < secretLength && entropy(key) >= leastEntropy && (expected || around.near(text, start, end))
}
