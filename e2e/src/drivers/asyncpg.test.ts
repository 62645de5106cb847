import { describe } from 'vitest'
import { compareProgram, python } from './matrix.js'

describe('asyncpg', () => {
  compareProgram(python('with_asyncpg.py'))
})
