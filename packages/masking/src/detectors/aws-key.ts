import { codeAt, isAlnum, words } from './context.js'
import { entropy } from './entropy.js'
import type { Detector } from './found.js'
import { pattern } from './pattern.js'

/** Long-term and temporary access keys and tokens (AWS IAM, unique identifiers): base32 after the kind. */
const id = pattern(String.raw`(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}`, 'g')
const secret = pattern(String.raw`[A-Za-z0-9+/]{40}`, 'g')
const hex = pattern(String.raw`^(?:[0-9a-f]{40}|[0-9A-F]{40})$`)

const around = words('aws', 'amazon', 'secret', 's3', 'secret_access_key', 'secretaccesskey', 'AKIA', 'ASIA')

/** Half a bit under what 40 random characters of base64 have nearly always. */
const leastEntropy = 4.2

export const awsKey: Detector = {
  name: 'aws_key',
  possible: ({ length, run }) => length >= 20 && run >= 4,
  find({ text, expected }, report) {
    for (const { index } of text.matchAll(id)) {
      if (!isAlnum(codeAt(text, index - 1)) && !isAlnum(codeAt(text, index + 20))) report(index, index + 20, 0.97)
    }
    if (text.length < 40) return
    for (const { 0: key, index } of text.matchAll(secret)) {
      const end = index + key.length
      if (goesOn(codeAt(text, index - 1)) || goesOn(codeAt(text, end)) || hex.test(key) || entropy(key) < leastEntropy) continue
      if (expected || around.near(text, index, end)) report(index, end, 0.85)
    }
  },
}

/** `=` before it is an assignment; after it, it is padding of something longer. */
const goesOn = (code: number): boolean => isAlnum(code) || code === 43 || code === 47
