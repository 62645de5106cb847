import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '@sallyport/embedded-postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const secret = 'a secret of the test'
let folder: string
let port: number
let server: ChildProcess
let base: string

async function start(): Promise<void> {
  const script = fileURLToPath(new URL('../../dist/issuer/main.js', import.meta.url))
  server = spawn(process.execPath, [script], {
    env: { ...process.env, SALLYPORT_ISSUER_STATE: folder, SALLYPORT_ISSUER_PORT: String(port) },
    stdio: 'ignore',
  })
  while (
    !(await fetch(`${base}/jwks`).then(
      (r) => r.ok,
      () => false,
    ))
  )
    await sleep(20)
}

async function stop(): Promise<void> {
  const ended = new Promise((resolve) => server.once('exit', resolve))
  server.kill()
  await ended
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-issuer-'))
  await writeFile(join(folder, 'secret'), secret)
  port = await freePort()
  base = `http://127.0.0.1:${port}`
  await start()
})
afterAll(async () => {
  await stop()
  await rm(folder, { recursive: true, force: true })
})

async function mint(name: string, { resource = 'urn:sallyport:data', password = secret } = {}): Promise<{ status: number; token: string }> {
  const headers = { authorization: `Basic ${Buffer.from(`${name}:${encodeURIComponent(password)}`).toString('base64')}` }
  const answer = await fetch(`${base}/token`, {
    method: 'POST',
    headers,
    body: new URLSearchParams({ grant_type: 'client_credentials', resource }),
  })
  const body = (await answer.json()) as { access_token?: string }
  return { status: answer.status, token: body.access_token ?? '' }
}

const part = (token: string, i: number) => JSON.parse(Buffer.from(token.split('.')[i]!, 'base64url').toString()) as Record<string, unknown>

async function verifies(token: string): Promise<boolean> {
  const { keys } = (await (await fetch(`${base}/jwks`)).json()) as { keys: (Record<string, string> & { kid: string })[] }
  const key = keys.find(({ kid }) => kid === part(token, 0)['kid'])!
  const [head, body, signature] = token.split('.')
  const options = { key: createPublicKey({ key, format: 'jwk' }), dsaEncoding: 'ieee-p1363' as const }
  return verify('sha256', Buffer.from(`${head}.${body}`), options, Buffer.from(signature!, 'base64url'))
}

describe('client credentials', () => {
  it('mints a small ES256 token for one audience and an hour, with groups and kind', async () => {
    const { token } = await mint('billing-agent')
    expect(token.length).toBeLessThan(900)
    expect(part(token, 0)).toMatchObject({ alg: 'ES256' })
    const claims = part(token, 1)
    expect(claims).toMatchObject({ iss: base, sub: 'billing-agent', aud: 'sallyport', groups: ['ai-agents'], kind: 'agent' })
    expect(Number(claims['exp']) - Number(claims['iat'])).toBe(3_600)
    expect(await verifies(token)).toBe(true)
  })

  it('gives REST an audience of its own', async () => {
    const { token } = await mint('root', { resource: 'urn:sallyport:api' })
    expect(part(token, 1)).toMatchObject({ sub: 'root', aud: 'sallyport-api', groups: ['admins'], kind: 'human' })
  })

  it('knows nobody without the secret, and nobody who does not live here', async () => {
    expect(await mint('root', { password: 'guessed' })).toEqual({ status: 401, token: '' })
    expect(await mint('mallory')).toEqual({ status: 401, token: '' })
  })

  it('keeps its keys over a restart, for its owner only', async () => {
    const { token } = await mint('dana')
    await stop()
    await start()
    expect(await verifies(token)).toBe(true)
    expect((await stat(join(folder, 'issuer.json'))).mode & 0o777).toBe(0o600)
  })

  it('keeps its name when its port changes', async () => {
    const [name, first] = [base, port]
    await stop()
    port = await freePort()
    base = `http://127.0.0.1:${port}`
    await start()
    const { token } = await mint('dana')
    expect(part(token, 1)['iss']).toBe(name)
    expect(await verifies(token)).toBe(true)
    await stop()
    ;[port, base] = [first, name]
    await start()
  })
})

it('answers to no other host name', async () => {
  const { request } = await import('node:http')
  const status = await new Promise((resolve) => {
    request({ port, host: '127.0.0.1', path: '/jwks', headers: { host: 'attacker.example' } }, (answer) => resolve(answer.statusCode)).end()
  })
  expect(status).toBe(421)
})

describe('signing in with a browser', () => {
  const cookies = new Map<string, string>()
  async function browse(url: string, init: RequestInit = {}): Promise<Response> {
    const cookie = Array.from(cookies, ([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(new URL(url, base), {
      ...init,
      redirect: 'manual',
      headers: { cookie, ...(init.headers as Record<string, string>) },
    })
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
      cookies.set(name!, value!)
    }
    return answer
  }

  it('asks for the one-time link first, then one click gives a code that PKCE redeems', async () => {
    const verifier = randomBytes(32).toString('base64url')
    const challenge = createHash('sha256').update(verifier).digest('base64url')
    const redirect = 'http://127.0.0.1:4000/callback'
    const query = new URLSearchParams({
      client_id: 'sallyport-cli',
      response_type: 'code',
      redirect_uri: redirect,
      scope: 'openid',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    })
    const interaction = (await browse(`/auth?${query}`)).headers.get('location')!
    expect((await browse(interaction)).status).toBe(403)

    expect((await fetch(`${base}/links`, { method: 'POST', headers: { authorization: 'Bearer guessed' } })).status).toBe(401)
    const link = (await (await fetch(`${base}/links`, { method: 'POST', headers: { authorization: `Bearer ${secret}` } })).json()) as {
      url: string
    }
    expect((await browse(link.url)).status).toBe(303)
    expect((await browse(link.url)).status).toBe(410)
    expect(await (await browse(interaction)).text()).toContain('value="dana"')

    let answer = await browse(interaction, { method: 'POST', body: new URLSearchParams({ name: 'dana' }) })
    while (answer.headers.get('location')?.startsWith(base)) answer = await browse(answer.headers.get('location')!)
    const code = new URL(answer.headers.get('location')!).searchParams.get('code')!
    const form = { grant_type: 'authorization_code', client_id: 'sallyport-cli', code, redirect_uri: redirect }
    expect(
      (await fetch(`${base}/token`, { method: 'POST', body: new URLSearchParams({ ...form, code_verifier: 'x'.repeat(43) }) })).status,
    ).toBe(400)
  })

  it('redeems a code with the right verifier', async () => {
    const verifier = randomBytes(32).toString('base64url')
    const challenge = createHash('sha256').update(verifier).digest('base64url')
    const redirect = 'http://127.0.0.1:4000/callback'
    const query = new URLSearchParams({
      client_id: 'sallyport-cli',
      response_type: 'code',
      redirect_uri: redirect,
      scope: 'openid',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    })
    let answer = await browse(`/auth?${query}`)
    while (answer.headers.get('location')?.startsWith(base)) answer = await browse(answer.headers.get('location')!)
    const code = new URL(answer.headers.get('location')!).searchParams.get('code')!
    const form = { grant_type: 'authorization_code', client_id: 'sallyport-cli', code, redirect_uri: redirect, code_verifier: verifier }
    const tokens = (await (await fetch(`${base}/token`, { method: 'POST', body: new URLSearchParams(form) })).json()) as Record<
      string,
      string
    >
    expect(part(tokens['access_token']!, 1)).toMatchObject({ sub: 'dana', aud: 'sallyport-api', groups: ['dba'], kind: 'human' })
    expect(part(tokens['id_token']!, 1)).toMatchObject({ sub: 'dana' })
  })
})
