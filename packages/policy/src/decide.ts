import type { Decision } from '@sallyport/core'
import type { Policy } from './policy.js'
import type { AccessRequest } from './request.js'

export function decide(_request: AccessRequest, _policies: readonly Policy[]): Decision {
  return {
    kind: 'deny',
    code: 'not_allowed',
    rules: [{ policy: 'default', rule: 'not_allowed' }],
    shadow: [],
    message: 'no policy allows this',
    advice: '',
  }
}
