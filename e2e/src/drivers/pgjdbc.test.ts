import { join } from 'node:path'
import { describe } from 'vitest'
import { compareProgram } from './matrix.js'

describe('pgjdbc', () => {
  compareProgram({
    command: 'java',
    args: ['-cp', '/usr/share/java/postgresql.jar', join(import.meta.dirname, 'programs', 'WithPgjdbc.java')],
    more: ['metadata'],
  })
})
