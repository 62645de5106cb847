import type { Protocol } from '@sallyport/gate'
import { postgres } from '@sallyport/postgres'

/** The protocols this build speaks: one line each. Importing it loads no engine. */
export const protocols: readonly Protocol[] = [postgres]
