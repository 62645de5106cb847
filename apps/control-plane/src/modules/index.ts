import { agents } from './agents/index.js'
import { approvals } from './approvals/index.js'
import { audit } from './audit/index.js'
import { grants } from './grants/index.js'
import { labelSuggestions } from './label-suggestions/index.js'
import { locks } from './locks/index.js'
import { maskingKeys } from './masking-keys/index.js'
import { me } from './me/index.js'
import type { Module } from './module.js'
import { policies } from './policies/index.js'
import { resources } from './resources/index.js'
import { roles } from './roles/index.js'
import { sessions } from './sessions/index.js'
import { setup } from './setup/index.js'
import { trustProviders } from './trust-providers/index.js'

/** The REST surface: one line per resource. */
export const modules: readonly Module[] = [
  resources,
  policies,
  trustProviders,
  roles,
  locks,
  agents,
  sessions,
  audit,
  maskingKeys,
  labelSuggestions,
  approvals,
  grants,
  me,
  setup,
]
