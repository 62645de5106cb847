import type { Context } from '../context.js'
import type { App } from '../http/app.js'

/** One REST resource: a folder of `index routes schema service store`, one line in `modules/index.ts`, its rows in `permissions.ts`. */
export interface Module {
  readonly name: string
  register(app: App, context: Context): void
}
