import { detectorNames } from '@sallyport/core'
import { describe, expect, it } from 'vitest'
import { createDetectors } from './scan.js'

const found = (name: string, text: string, column?: string) =>
  createDetectors([name], column === undefined ? {} : { column })
    .scan(text)
    .map(({ start, end }) => text.slice(start, end))

const token = (length: number) => 'aB3dE5gH7jK9mN1pQ2sT4vW6xY8zC0f'.repeat(8).slice(0, length)
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('a detector', () => {
  it.each([
    ['email', 'a: jane@shop.com, <bob+x@a.co.uk>.', ['jane@shop.com', 'bob+x@a.co.uk']],
    ['email', 'mailto:jane@shop.com?x=1 jane@shop.com:secret', ['jane@shop.com', 'jane@shop.com']],
    ['email', '他写道：jane@shop.com。„bob@münchen.de“ @app.route', ['jane@shop.com', 'bob@münchen.de']],
    ['email', "VALUES ('o.brien@shop.com')", ['o.brien@shop.com']],
    ['email', 'jane.doe@corp.local root@db.internal', ['jane.doe@corp.local']],
    ['phone', 'Tel. +49 (0)30 901820 or (415) 555-2671', ['+49 (0)30 901820', '(415) 555-2671']],
    ['phone', 'call 030 901820 at 10:15', ['030 901820']],
    ['card', 'id 7 4111 1111 1111 1111 9', ['4111 1111 1111 1111']],
    ['card', '{"card":4111111111111111}', ['4111111111111111']],
    ['card', '3782-822463-10005', ['3782-822463-10005']],
    ['phone', '电话：+86 138 0013 8000。', ['+86 138 0013 8000']],
    ['ip', '„93.184.216.34“\u00a02001:db8::1', ['93.184.216.34', '2001:db8::1']],
    ['iban', 'to DE89 3704 0044 0532 0130 00!', ['DE89 3704 0044 0532 0130 00']],
    ['ssn', 'ssn 219098765, then 219098766', ['219098765']],
    ['ip', 'from 93.184.216.34:443 and [2001:db8::1].', ['93.184.216.34', '2001:db8::1']],
    ['jwt', `x ${part({ alg: 'none' })}.${part({ sub: 1 })}. y`, [`${part({ alg: 'none' })}.${part({ sub: 1 })}.`]],
    ['aws_key', `AKIA${'ABCD2345'.repeat(2)};aws_secret=${token(31)}/+/bCdEfG`, [`AKIA${'ABCD2345'.repeat(2)}`, `${token(31)}/+/bCdEfG`]],
    ['api_key', `ghp_${token(36)} sk-ant-api03-${token(95)}`, [`ghp_${token(36)}`, `sk-ant-api03-${token(95)}`]],
    ['private_key', 'x -----BEGIN EC PRIVATE KEY-----\nabc', ['-----BEGIN EC PRIVATE KEY-----\nabc']],
    ['private_key', 'abc\n-----END EC PRIVATE KEY----- y', ['abc\n-----END EC PRIVATE KEY-----']],
    ['password_hash', `was $2b$12$${token(53)}.`, [`$2b$12$${token(53)}`]],
    ['connection_string', 'see postgres://app:hunter2@db/shop now', ['postgres://app:hunter2@db/shop']],
    ['credential', 'DB_PASSWORD=hunter2 and {"api_key":"q9w8e7r6t5y4u3"}', ['hunter2', 'q9w8e7r6t5y4u3']],
  ])('%s finds in %s', (name, text, expected) => expect(found(name, text)).toEqual(expected))

  it.each([
    ['email', 'root@db-01 git@github.com:acme/x.git @scope/pkg react@18.2.0 icon@2x.png ssh://git@host.com/x @app.route'],
    ['phone', '2024-01-02 10:15:00+02:00 1700000000 192.168.10.12 12345678 +1.2345678 call at 2024-01-02'],
    ['card', '4111111111111112 ORD-4111111111111111 0.4111111111111111 order 4111111111111111 1234 4111 1111 1111 1111 1234'],
    ['iban', 'DE89 3704 0044 0532 0130 01 XX89370400440532013000 DE8937040044053201300'],
    ['ssn', '000-12-3456 666-12-3456 900-12-3456 123-00-4567 219098765 1-219-09-8765-1 078-05-1120'],
    ['ip', '127.0.0.1 256.1.1.1 1.2.3.4.5 version 1.2.3.4 12:34:56 std::vector a::b ::1 00:11:22:33:44:55'],
    ['jwt', `eyJhbGciOiJub25lIn0 ${part({ typ: 'x'.repeat(9) })}.${part({})}.x a.b.c`],
    ['aws_key', `AKIA1 ${'a1'.repeat(20)} commit of aws: 6dcb09b5b57875f334f61aebed695e2e4193db5e`],
    ['api_key', 'sk-proj ghp_short npm_config_registry xoxb- AIza hf_transformers_are_all_you_need_in_life'],
    ['private_key', '-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----'],
    ['password_hash', `$100 costs $2b or not; md5 of it ${'ab'.repeat(16)}`],
    ['connection_string', 'postgres://app@db/shop https://shop.example/a:b@c postgres://u:${PASSWORD}@db password=x'],
    ['credential', 'password: required; token: string; password=process.env.PW; "secret": "<secret>"; passwords are hashed'],
  ])('%s finds nothing in %s', (name, text) => expect(found(name, text)).toEqual([]))

  it('is made surer by the name of a column, and never less so', () => {
    expect(found('ssn', '219098765', 'employee_ssn')).toEqual(['219098765'])
    expect(found('phone', '030 901820', 'mobilePhone')).toEqual(['030 901820'])
    expect(found('phone', '+49 30 901820', 'order_number')).toEqual(['+49 30 901820'])
    expect(found('email', 'jane@shop.com', 'id')).toEqual(['jane@shop.com'])
  })

  it('knows letters and punctuation of others in bytes as in strings', () => {
    const bytes = Buffer.from('他写道：jane@shop.com。„søren@münchen.de“ “@app.route”')
    const ranges = createDetectors(['email']).scanBytes(bytes, 0, bytes.length)
    expect(ranges.map(({ start, end }) => bytes.subarray(start, end).toString())).toEqual(['jane@shop.com', 'søren@münchen.de'])
  })

  it('tells offsets of bytes where it is given bytes', () => {
    const bytes = Buffer.from('xxé🎉 jane@shop.com é')
    const [only] = createDetectors(['email']).scanBytes(bytes, 2, bytes.length)
    expect(bytes.subarray(2 + only!.start, 2 + only!.end).toString()).toBe('jane@shop.com')
  })

  it('sees through the escapes of JSON', () => {
    const text = String.raw`{"a":"jane\u0040shop.com","b":"postgres:\/\/app:hunter2@db\/shop"}`
    expect(found('email', text)).toEqual([String.raw`jane\u0040shop.com`])
    expect(found('connection_string', text)).toEqual([String.raw`postgres:\/\/app:hunter2@db\/shop`])
  })
})

describe('time', () => {
  const seeds = [
    '@',
    'a@b.',
    '1 ',
    '12 ',
    '1-',
    '(1',
    '+49 ',
    '4111 ',
    '123-45-6789 ',
    'eyJhbGciOiJIUzI1NiJ9.',
    'e.',
    '://',
    'a://b:c@',
    'password=',
    'pwd=a;server=',
    '-----BEGIN PRIVATE KEY-----',
    '-----END ',
    '$1$',
    '{SSHA}',
    'sk-',
    '1:',
    '::1 ',
    'DE89',
    'AKIA',
    String.raw`\u0040`,
    '"',
    'card 4',
    'phone 12 ',
  ] // 60 KiB of each

  it.each(seeds)('for a value full of %s is no more than for any other of its length, by far', (seed) => {
    const bytes = Buffer.from(seed.repeat(Math.ceil(60_000 / seed.length)).slice(0, 60_000))
    const scanner = createDetectors(detectorNames)
    scanner.scanBytes(bytes, 0, 5000)
    const before = performance.now()
    scanner.scanBytes(bytes, 0, bytes.length)
    // 0.1 s here; what is quadratic in it takes half a minute.
    expect(performance.now() - before).toBeLessThan(5000)
  })
})
