import type { Decision } from '@sallyport/core'
import { decide } from './decide.js'
import type { Policy } from './policy.js'
import type { AccessRequest } from './request.js'

/** Whether the caller may reach the resource at all; `request.actions` is ignored. */
export function decideConnect(request: AccessRequest, policies: readonly Policy[]): Decision {
  return decide(request, policies)
}
