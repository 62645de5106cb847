import { describe } from 'vitest'
import { compareProgram, python } from './matrix.js'

describe('SQLAlchemy', () => {
  compareProgram({
    ...python('with_sqlalchemy.py'),
    without: ['cancellation', 'copy out', 'copy in', 'notifications'],
    more: ['reflection'],
  })
})
