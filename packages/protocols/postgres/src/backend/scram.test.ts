import { expect, test } from 'vitest'
import { saslprep } from './saslprep.js'
import { createScram } from './scram.js'

const both = ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256']

// RFC 7677, section 3.
const vector = {
  nonce: 'rOprNGfwEbeRWgbNEkqO',
  serverFirst: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
  final: 'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  serverFinal: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
}

function rfc() {
  return createScram({ password: 'pencil', user: 'user', mechanisms: ['SCRAM-SHA-256'], encrypted: false, nonce: vector.nonce })!
}

test('answers the vector of RFC 7677 and accepts its server', async () => {
  const scram = rfc()
  expect(scram.first).toBe('n,,n=user,r=rOprNGfwEbeRWgbNEkqO')
  expect(await scram.final(vector.serverFirst)).toBe(vector.final)
  expect(() => scram.verify(vector.serverFinal)).not.toThrow()
})

test('refuses a server whose signature is wrong, missing, or comes before the exchange', async () => {
  expect(() => rfc().verify(vector.serverFinal)).toThrow(/did not prove/)
  const scram = rfc()
  await scram.final(vector.serverFirst)
  for (const wrong of ['', 'v=', 'e=invalid-proof', vector.serverFinal.replace('6', '7'), `${vector.serverFinal},x=1`]) {
    expect(() => scram.verify(wrong)).toThrow(/did not prove/)
  }
})

test.each([
  ['a nonce that is not ours', 'r=somebodyelse,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096'],
  ['our nonce without a server part', `r=${vector.nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`],
  ['two billion iterations', vector.serverFirst.replace('4096', '2000000000')],
  ['no iterations', vector.serverFirst.replace('4096', '0')],
  ['an extension it demands', `m=x,${vector.serverFirst}`],
  ['nothing', ''],
])('refuses %s', async (_name, serverFirst) => {
  await expect(rfc().final(serverFirst)).rejects.toThrow(/target/)
})

test('binds to the channel where it can, and says when it could have', () => {
  const endPoint = new Uint8Array(32).fill(7)
  const base = { password: 'x', encrypted: true, nonce: 'n' }
  expect(createScram({ ...base, mechanisms: both, endPoint })).toMatchObject({
    mechanism: 'SCRAM-SHA-256-PLUS',
    first: 'p=tls-server-end-point,,n=,r=n',
  })
  expect(createScram({ ...base, mechanisms: ['SCRAM-SHA-256'], endPoint })).toMatchObject({
    mechanism: 'SCRAM-SHA-256',
    first: 'y,,n=,r=n',
  })
  expect(createScram({ ...base, mechanisms: both })).toMatchObject({ mechanism: 'SCRAM-SHA-256', first: 'n,,n=,r=n' })
  expect(createScram({ ...base, mechanisms: ['OTHER'] })).toBeUndefined()
})

test('prepares passwords as RFC 4013 does, and leaves prohibited ones alone', () => {
  expect(saslprep('I\u00adX')).toBe('IX')
  expect(saslprep('user')).toBe('user')
  expect(saslprep('\u00aa')).toBe('a')
  expect(saslprep('\u2168')).toBe('IX')
  expect(saslprep('a\u00a0b')).toBe('a b')
  expect(saslprep('\u0007')).toBe('\u0007')
  expect(saslprep('\u06271')).toBe('\u06271')
})
