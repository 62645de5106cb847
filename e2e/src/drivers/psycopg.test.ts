import { describe } from 'vitest'
import { compareProgram, python } from './matrix.js'

describe('psycopg 3', () => {
  compareProgram(python('with_psycopg.py'))
})
describe('psycopg2', () => {
  compareProgram(python('with_psycopg2.py'))
})
