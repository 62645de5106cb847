import type { DetectorName } from '@sallyport/core'
import { card } from './card.js'
import { email } from './email.js'
import type { Detector } from './found.js'

/** One detector for every name that a policy may say. */
export const catalogue: Readonly<Record<DetectorName, Detector>> = { email, card }
