import { joined, messages, say } from '../play/words.js'
import { poison } from './scripts.js'

const begin = say.query('begin')
const rollback = say.query('rollback')
const whole = (...parts: readonly Uint8Array[]) => {
  const bytes = joined(...parts)
  return { gated: bytes, direct: bytes, readies: messages(bytes).filter(({ type }) => type === 'Q' || type === 'S').length }
}

/** Short scripts that leave nothing behind, to be cut at every byte. */
export const rounds = {
  'a transaction that fails': whole(begin, say.query('insert into ledger (a) values (1); select 1 / 0'), say.query('select 2'), rollback),
  'a refusal in a transaction': {
    ...whole(begin, say.query('truncate ledger'), say.query('select 1'), rollback),
    direct: joined(begin, poison.query, say.query('select 1'), rollback),
  },
  'a named statement, run twice and closed': whole(
    say.parse('x', 'select id, name from item where id < $1::int order by id'),
    say.flush(),
    say.bind('', 'x', ['3']),
    say.describe('P'),
    say.execute('', 1),
    say.flush(),
    say.execute(),
    say.close('S', 'x'),
    say.sync(),
  ),
  'a pipeline with an error in its middle': whole(
    say.run('select 1'),
    say.run('select 1 / 0'),
    say.run('select 3'),
    say.sync(),
    say.sync(),
  ),
  'COPY both ways': whole(
    begin,
    say.query('copy ledger (a, b) from stdin'),
    joined(say.copyData('1\tone\n2\t'), say.copyData('two\n'), say.copyDone()),
    say.query('copy ledger (a, b) to stdout'),
    rollback,
  ),
} as const
