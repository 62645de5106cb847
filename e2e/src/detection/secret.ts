import { createHash, generateKeyPairSync } from 'node:crypto'
import { hosts as databases } from './places.js'
import type { Sample } from './personal.js'
import { alnum, type Chance, digits, hex, large, letters, small, url } from './random.js'

const base64 = `${alnum}+/`
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

export function jwt(at: Chance): Sample {
  const alg = at.pick(['HS256', 'RS256', 'ES256', 'EdDSA', 'PS512'])
  const header = at.pick([
    { alg, typ: 'JWT' },
    { typ: 'JWT', alg },
    { kid: at.text(hex, 20), alg },
    { alg, typ: 'at+jwt', jku: 'https://id.example/keys' },
  ])
  const payload = { sub: at.text(digits, 8), iss: `https://${at.text(small, 8)}.example`, exp: 1_700_000_000 + at.int(1e8) }
  return { value: `${encoded(header)}.${encoded(payload)}.${at.text(url, at.pick([43, 86, 342]))}` }
}

export function awsKey(at: Chance): Sample {
  if (at.maybe(0.6)) return { value: at.pick(['AKIA', 'ASIA']) + at.text(`${large}234567`, 16) }
  return { value: at.text(base64, 40), column: at.pick(['aws_secret_access_key', 'secret_key', 'awsSecret']) }
}

/** As the makers document them. */
const tokens: readonly ((at: Chance) => string)[] = [
  (at) => `ghp_${at.text(alnum, 36)}`,
  (at) => `github_pat_${at.text(alnum, 22)}_${at.text(alnum, 59)}`,
  (at) => `glpat-${at.text(url.slice(0, -2), 20)}`,
  (at) => `xoxb-${at.text(digits, 12)}-${at.text(digits, 12)}-${at.text(alnum, 24)}`,
  (at) => `${at.pick(['sk', 'rk'])}_${at.pick(['live', 'test'])}_${at.text(alnum, at.pick([24, 99]))}`,
  (at) => `AIza${at.text(alnum, 35)}`,
  (at) => `npm_${at.text(alnum, 36)}`,
  (at) => `sk-proj-${at.text(url, 154)}${at.text(alnum, 2)}`,
  (at) => `sk-${at.text(alnum, 20)}T3BlbkFJ${at.text(alnum, 20)}`,
  (at) => `sk-ant-api03-${at.text(url, 93)}AA`,
  (at) => `hf_${at.text(letters, 34)}`,
  (at) => `SG.${at.text(alnum, 22)}.${at.text(alnum, 43)}`,
  (at) => `dop_v1_${at.text(hex, 64)}`,
  (at) => `shpat_${at.text(hex, 32)}`,
  (at) => `pypi-AgEIcHlwaS5vcmc${at.text(url, 120)}${at.text(alnum, 2)}`,
  (at) => `dckr_pat_${at.text(alnum, 27)}`,
  (at) => `hvs.${at.text(alnum, 90)}`,
  (at) => `dapi${at.text(hex, 32)}`,
  (at) => `glsa_${at.text(alnum, 32)}_${at.text(hex, 8)}`,
  (at) => `${1 + at.int(9)}${at.text(digits, 9)}:AA${at.text(url, 32)}${at.text(alnum, 1)}`,
  (at) => `${at.text(hex, 32)}-us${1 + at.int(20)}`,
  (at) => `PMAK-${at.text(hex, 24)}-${at.text(hex, 34)}`,
  (at) => `lin_api_${at.text(alnum, 40)}`,
]

export const apiKey = (at: Chance): Sample => ({ value: at.pick(tokens)(at) })

export function privateKey(at: Chance): Sample {
  if (at.maybe(0.3)) {
    const type = at.pick(['pkcs8', 'sec1'] as const)
    return { value: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type }).toString().trim() }
  }
  const name = at.pick(['RSA PRIVATE KEY', 'OPENSSH PRIVATE KEY', 'PRIVATE KEY', 'ENCRYPTED PRIVATE KEY', 'PGP PRIVATE KEY BLOCK'])
  const lines = Array.from({ length: 3 + at.int(20) }, () => at.text(base64, 64))
  return { value: [`-----BEGIN ${name}-----`, ...lines, `-----END ${name}-----`].join(at.maybe(0.2) ? '\\n' : '\n') }
}

export function passwordHash(at: Chance): Sample {
  const crypt = `./${alnum}`
  const forms: readonly (() => string)[] = [
    () => `$2${at.pick(['a', 'b', 'y'])}$1${at.int(5)}$${at.text(crypt, 53)}`,
    () => `$argon2id$v=19$m=65536,t=3,p=4$${at.text(base64, 22)}$${at.text(base64, 43)}`,
    () => `$6$${at.maybe(0.5) ? 'rounds=5000$' : ''}${at.text(crypt, 16)}$${at.text(crypt, 86)}`,
    () => `$5$${at.text(crypt, 16)}$${at.text(crypt, 43)}`,
    () => `$1$${at.text(crypt, 8)}$${at.text(crypt, 22)}`,
    () => `$y$j9T$${at.text(crypt, 22)}$${at.text(crypt, 43)}`,
    () => `$P$B${at.text(crypt, 30)}`,
    () => `pbkdf2_sha256$600000$${at.text(alnum, 22)}$${at.text(base64, 43)}=`,
    () => `pbkdf2:sha256:260000$${at.text(alnum, 16)}$${at.text(hex, 64)}`,
    () => `scrypt:32768:8:1$${at.text(alnum, 16)}$${at.text(hex, 128)}`,
    () => `SCRAM-SHA-256$4096:${at.text(base64, 22)}==$${at.text(base64, 43)}=:${at.text(base64, 43)}=`,
    () => `md5${createHash('md5').update(at.text(alnum, 12)).digest('hex')}`,
    () => `*${at.text('0123456789ABCDEF', 40)}`,
    () => `{SSHA}${at.text(base64, 32)}`,
  ]
  if (at.maybe(0.1)) return { value: at.text(hex, at.pick([32, 40, 64])), column: 'password_hash', alone: true }
  return { value: at.pick(forms)() }
}

const password = (at: Chance): string =>
  at.pick([
    () => at.text(alnum, 10 + at.int(10)),
    () => `${at.text(small, 6)}${at.text(digits, 2)}!`,
    () => `${at.text(large, 1)}${at.text(small, 5)}-${at.text(digits, 3)}`,
  ])()

export function connectionString(at: Chance): Sample {
  const host = at.pick(databases)
  const secret = password(at)
  const user = at.pick(['app', 'svc_orders', 'root', 'postgres', 'read-only'])
  return {
    hidden: secret,
    value: at.pick([
      `postgres://${user}:${secret}@${host}:5432/shop?sslmode=require`,
      `postgresql+asyncpg://${user}:${secret}@${host}/shop`,
      `mysql://${user}:${secret}@${host}:3306/shop`,
      `mongodb+srv://${user}:${secret}@${host}/?retryWrites=true`,
      `redis://:${secret}@${host}:6379/0`,
      `amqps://${user}:${secret}@${host}/vhost`,
      `https://${user}:${secret}@${host}/repo.git`,
      `Server=${host},1433;Database=shop;User Id=${user};Password=${secret};Encrypt=true`,
      `host=${host} port=5432 dbname=shop user=${user} password=${secret}`,
      `jdbc:postgresql://${host}/shop?user=${user}&password=${secret}`,
    ]),
  }
}

export function credential(at: Chance): Sample {
  const hidden = at.maybe(0.5) ? password(at) : at.text(alnum, 24 + at.int(16))
  const named = [`DB_PASSWORD=${hidden}`, `password: "${hidden}"`, `{"user":"app","password":"${hidden}"}`, `passwd = ${hidden}`]
  const keys = [
    `export API_KEY='${hidden}'`,
    `client_secret: ${hidden}`,
    `Authorization: Bearer ${hidden}`,
    `{"accessToken":"${hidden}","scope":"all"}`,
    `curl -H "X-Auth-Token: ${hidden}" https://${at.pick(databases)}/v1`,
    `https://${at.pick(databases)}/cb?api_key=${hidden}&page=2`,
  ]
  return { hidden, value: at.pick(hidden.length < 24 ? named : keys) }
}
