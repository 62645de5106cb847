/**
 * One-click sign-in, for the browser that opened a one-time link and no other. The link is asked for with the minting
 * secret; opening it leaves a cookie, and only with that cookie does the page offer names to click.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Provider } from 'oidc-provider'
import { people } from '../demo/people.js'
import type { IssuerSettings, IssuerState } from './settings.js'

type Handler = (req: IncomingMessage, res: ServerResponse, url: URL) => Promise<boolean>

interface Link {
  readonly expires: number
  /** Where the browser goes on to. */
  readonly to: string
}

const linkLifetime = 10 * 60_000
const cookieLifetime = 12 * 3_600
const maxLinks = 1_000

/** Answers false for paths that are not its own. */
export function signIn(provider: Provider, settings: IssuerSettings & { readonly address: string }, state: IssuerState): Handler {
  const links = new Map<string, Link>()
  const mark = (expires: number) => `${expires}.${createHmac('sha256', state.cookieKey).update(`browser ${expires}`).digest('base64url')}`
  const marked = (req: IncomingMessage) => {
    const value = /(?:^|; )sallyport_demo=([^;]+)/.exec(req.headers.cookie ?? '')?.[1] ?? ''
    const expires = Number(value.split('.')[0])
    return expires > Date.now() && same(value, mark(expires))
  }

  return async (req, res, url) => {
    if (url.pathname === '/links' && req.method === 'POST') {
      makeLink(req, res, { links, settings, base: settings.address })
      return true
    }
    if (url.pathname === '/sign-in' && req.method === 'GET') {
      const code = url.searchParams.get('code') ?? ''
      const link = links.get(code)
      links.delete(code)
      if (link === undefined || link.expires < Date.now()) return page(res, 410, 'This link was used or is too old. Ask for a new one.')
      res.setHeader(
        'set-cookie',
        `sallyport_demo=${mark(Date.now() + cookieLifetime * 1000)}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${cookieLifetime}`,
      )
      res.writeHead(303, { location: link.to, 'cache-control': 'no-store' }).end()
      return true
    }
    const uid = /^\/interaction\/([\w-]{10,64})$/.exec(url.pathname)?.[1]
    if (uid === undefined) return false
    if (!marked(req)) return page(res, 403, 'Open the one-time link that npm start printed, in this browser.')
    if (req.method === 'GET') return page(res, 200, choices(uid))
    const name = new URLSearchParams(await readBody(req)).get('name')
    if (req.method !== 'POST' || !people.some((person) => person.name === name)) return page(res, 400, 'Nobody of that name lives here.')
    await provider.interactionFinished(req, res, { login: { accountId: name as string } }, { mergeWithLastSubmission: false })
    return true
  }
}

function makeLink(
  req: IncomingMessage,
  res: ServerResponse,
  { links, settings, base }: { links: Map<string, Link>; settings: IssuerSettings; base: string },
): void {
  const given = /^Bearer (.+)$/.exec(req.headers.authorization ?? '')?.[1] ?? ''
  if (!same(given, settings.secret)) return void res.writeHead(401).end()
  for (const [code, link] of links) if (link.expires < Date.now() || links.size >= maxLinks) links.delete(code)
  const code = randomBytes(24).toString('base64url')
  const home = settings.redirects[0]
  links.set(code, { expires: Date.now() + linkLifetime, to: home === undefined ? '/' : new URL('/', home).href })
  res
    .writeHead(201, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify({ url: `${base}/sign-in?code=${code}` }))
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

async function readBody(req: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of req) {
    text += String(chunk)
    if (text.length > 10_000) return ''
  }
  return text
}

function choices(uid: string): string {
  const buttons = people
    .filter(({ kind }) => kind === 'human')
    .map(({ name, groups }) => `<button name="name" value="${name}">${name} <small>${groups.join(', ')}</small></button>`)
  return `<form method="post" action="/interaction/${uid}">${buttons.join('\n')}</form>`
}

function page(res: ServerResponse, status: number, body: string): true {
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
  }
  const style =
    'body{font:16px system-ui;margin:4rem auto;max-width:24rem}button{display:block;width:100%;margin:.5rem 0;padding:.6rem;font:inherit;text-align:left}'
  res.writeHead(status, headers).end(`<!doctype html><title>Sallyport demo</title><style>${style}</style><h1>Sallyport demo</h1>${body}`)
  return true
}
